export { type ChangeAsked, judge, type Verdict } from './decide.ts';
export { windowState, type WindowState } from './windows.ts';
