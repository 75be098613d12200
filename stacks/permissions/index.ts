export { dataPlane, everyResource, unprovenStatements, wildcardActions } from './exceptions.ts';
export { phases } from './phase.ts';
export { renderForCloudFormation, renderTrustForCloudFormation } from './render/cloudformation.ts';
export { type PlaceholderValues, renderForPeople, renderTrustForPeople } from './render/people.ts';
export { renderForTerraform, renderTrustForTerraform } from './render/terraform.ts';
export { productStatements } from './roles/product.ts';
export { awsManagedPolicies } from './roles/services.ts';
export {
  guardPolicies,
  type Mode,
  phaseCounts,
  type PolicyHolder,
  policyHolders,
  policyWhen,
  statementsOf,
} from './statements-of.ts';
export type { Statement } from './statement.ts';
export { type Trust, type TrustKind, trusts } from './trusts.ts';
