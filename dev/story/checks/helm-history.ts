import { join } from 'node:path';
import { createHelm, createProcessRunner, type HelmRevision } from '../../../engines/index.ts';
import { systemClock } from '../../../contract/index.ts';

/** `helm history` of a release, asked with the real Helm and the customer's own access to the cluster. */
export async function helmHistory(options: {
  helm: string;
  kubeconfig: string;
  workDir: string;
  release: string;
  namespace: string;
}): Promise<HelmRevision[]> {
  const helm = createHelm({
    binary: options.helm,
    homeDir: join(options.workDir, 'helm-history'),
    connection: { kind: 'kubeconfig', path: options.kubeconfig },
    runProcess: createProcessRunner({ clock: systemClock }),
  });
  return helm.history({ name: options.release, namespace: options.namespace });
}
