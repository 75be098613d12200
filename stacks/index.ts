export {
  componentStatePrefix,
  type InstallNames,
  installNames,
  type Place,
  runnerIdentity,
  stateKeys,
} from './names.ts';
export type {
  AccountInputs,
  AccountInputsGiven,
  BaseInputs,
  BaseInputsGiven,
  KubernetesInputsGiven,
} from './inputs.ts';
export { awsProviderSource, awsProviderVersion } from './aws/landfall-stack.ts';
export { synthesise, type StackRequest } from './synthesise.ts';
