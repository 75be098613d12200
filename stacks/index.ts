export { installNames, type Place, roleKinds, runnerIdentity, stateKeys, storageIdentity } from './names.ts';
export { type AccountInputsGiven, accountInputsSchema } from './inputs.ts';
export { type BaseInputsGiven, baseInputsSchema } from './base-inputs.ts';
export { baseModuleVariables } from './aws/base/base-variables.ts';
export { nodeArchitecture } from './aws/base/node-architecture.ts';
export { synthesise } from './synthesise.ts';
export { toVariables } from './variables.ts';
export {
  awsManagedPolicies,
  dataPlane,
  everyResource,
  guardPolicies,
  type Mode,
  phaseCounts,
  phases,
  type PlaceholderValues,
  type PolicyHolder,
  policyHolders,
  policyWhen,
  productStatements,
  renderForCloudFormation,
  renderForPeople,
  renderTrustForCloudFormation,
  renderTrustForPeople,
  type Statement,
  statementsOf,
  type Trust,
  type TrustKind,
  trusts,
  unprovenStatements,
  wildcardActions,
} from './permissions/index.ts';
