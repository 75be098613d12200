export { createReconciler, type WatchedReconciler } from './reconciler.ts';
export type { WatchTarget } from './watch-target.ts';
export type { ReconcilerOptions } from './parts.ts';
export { createTerraformState, type TerraformState } from './terraform-state.ts';
