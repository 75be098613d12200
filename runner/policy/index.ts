export { judge, type Verdict } from './decide.ts';
export { isReservedNamespace } from './reserved-namespaces.ts';
export { windowState } from './windows.ts';
