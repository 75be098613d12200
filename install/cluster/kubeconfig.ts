import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from './cluster-api.ts';

/**
 * Runs `use` with a kubeconfig whose token is in a file of its own (0600), so that it stands in no argv and no environment.
 * Both files are removed afterwards, whatever happens.
 */
export async function withKubeconfig<T>(
  dir: string,
  cluster: Cluster,
  token: string,
  use: (kubeconfigPath: string) => Promise<T>,
): Promise<T> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const tokenFile = join(dir, 'cluster-token');
  const kubeconfig = join(dir, 'kubeconfig');
  const name = 'landfall';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: cluster.endpoint,
          'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  try {
    await writeFile(tokenFile, token, { mode: 0o600 });
    await writeFile(kubeconfig, stringify(config), { mode: 0o600 });
    return await use(kubeconfig);
  } finally {
    await rm(tokenFile, { force: true });
    await rm(kubeconfig, { force: true });
  }
}
