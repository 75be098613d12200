export { installNames, type Place, roleKinds, runnerIdentity, stateKeys } from './names.ts';
export { type AccountInputsGiven, accountInputsSchema } from './inputs.ts';
export { type BaseInputsGiven, baseInputsSchema } from './base-inputs.ts';
export { synthesise } from './synthesise.ts';
export { toVariables, type VariableRequest } from './variables.ts';
export {
  guardPolicies,
  type PolicyHolder,
  policyHolders,
  policyWhen,
  productStatements,
  renderForCloudFormation,
  renderForPeople,
  renderTrustForCloudFormation,
  renderTrustForPeople,
  statementsOf,
  type Trust,
  type TrustKind,
  trusts,
} from './permissions/index.ts';
