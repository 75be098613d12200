export { judge, type Verdict } from './decide.ts';
export { windowState } from './windows.ts';
