export { type AccountFacts, bareFacts } from './account-facts.ts';
export { outsidePrincipals } from './outside-principals.ts';
export { type Who, classifyAws, classifyGrantee } from './principal.ts';
