import * as z from 'zod';

/** helm.sh/helm/v4/pkg/release/common: Status. */
export const helmStatusSchema = z.enum([
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
]);

export type HelmStatus = z.infer<typeof helmStatusSchema>;

export function isPending(status: HelmStatus): boolean {
  return status.startsWith('pending-') || status === 'uninstalling';
}
