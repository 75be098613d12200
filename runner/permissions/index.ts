export { permissionGap } from './gap.ts';
export { type GivenPermissions, iamGivenPermissions } from './given.ts';
