/** Every kind of change the runner makes outside its process. A test walks this list: a kind without a kill row fails. */
export const effectKinds = [
  'enrol',
  'mirror-copy',
  'namespace-create',
  'helm-install',
  'helm-upgrade',
  'helm-rollback',
  'helm-unlock',
  'helm-repair',
  'helm-uninstall',
  'workload-restart',
  'terraform-init',
  'terraform-plan',
  'terraform-apply',
  'terraform-unlock',
  'runner-move',
  'store-component',
  'store-transition',
  'store-last-good',
  'store-accepted',
  'ending-access-entry',
  'ending-role-policies',
  'ending-role',
] as const;

export type EffectKind = (typeof effectKinds)[number];
