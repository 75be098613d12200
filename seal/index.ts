export { bareFacts, outsidePrincipals } from './analyse/index.ts';
export { type Census, takeCensus } from './census.ts';
export { type CensusAccess, type CensusClients, censusHosts, createCensusClients } from './clients.ts';
export { type SealChange, compareSeals } from './compare-seals.ts';
export type { SendHttp } from './ram-calls.ts';
export { sealReport, strangersAt } from './seal-report.ts';
