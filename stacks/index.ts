export { installNames, type Place, runnerIdentity, stateKeys } from './names.ts';
export type { AccountInputsGiven, BaseInputsGiven } from './inputs.ts';
export { synthesise } from './synthesise.ts';
