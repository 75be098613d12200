export { createReconciler, type WatchedReconciler } from './reconciler.ts';
export type { WatchTarget } from './settle/watch-target.ts';
export type { ReconcilerOptions } from './parts.ts';
export { createTerraformState, type TerraformState } from './memory/terraform-state.ts';
