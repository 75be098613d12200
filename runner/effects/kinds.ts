/** Every kind of change the runner makes outside its process. A test walks this list: a kind without a kill row fails. */
export const effectKinds = [
  'enrol',
  'mirror-copy',
  'mirror-remove',
  'namespace-create',
  'pull-secret',
  'secret-keep',
  'secret-remove',
  'account-grant',
  'account-revoke',
  'rights-request',
  'helm-install',
  'helm-upgrade',
  'helm-rollback',
  'helm-unlock',
  'helm-repair',
  'helm-crds',
  'helm-recreate',
  'helm-prune',
  'helm-test',
  'helm-uninstall',
  'manifests-apply',
  'manifests-prune',
  'job-create',
  'job-expire',
  'workload-restart',
  'remedy-attachment',
  'remedy-pod',
  'remedy-job',
  'terraform-init',
  'terraform-plan',
  'terraform-apply',
  'terraform-unlock',
  'terraform-rescue',
  'terraform-outputs',
  'runner-move',
  'store-component',
  'store-transition',
  'store-last-good',
  'store-accepted',
  'store-status',
  'entity-list',
  'entity-record',
  'entity-secret',
  'entity-remove',
  'ending-access-entry',
  'ending-role-policies',
  'ending-role',
] as const;

export type EffectKind = (typeof effectKinds)[number];

/**
 * Kinds that are one fenced write of one document: it happens whole, or not at all, and only under the newest epoch. Nothing of them is to be found
 * after a death; so their entries go along with others', and do not cost two more writes each.
 */
export const oneFencedWrite: ReadonlySet<EffectKind> = new Set(['store-component']);
