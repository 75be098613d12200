import { writeFile } from 'node:fs/promises';
import type { KeyPair } from './authority.ts';

/** Writes a kubeconfig (JSON is YAML) that holds its certificate inline, readable by its owner only. */
export async function writeKubeconfig(
  path: string,
  options: { endpoint: string; caPem: string; user: string; client: KeyPair },
): Promise<string> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'world', cluster: { server: options.endpoint, 'certificate-authority-data': base64(options.caPem) } },
    ],
    users: [
      {
        name: options.user,
        user: {
          'client-certificate-data': base64(options.client.certificatePem),
          'client-key-data': base64(options.client.keyPem),
        },
      },
    ],
    contexts: [{ name: 'world', context: { cluster: 'world', user: options.user } }],
    'current-context': 'world',
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
  return path;
}

/** The text of one by which somebody with this token reaches a cluster; it holds the token. */
export function tokenKubeconfig(cluster: { endpoint: string; caPem: string }, token: string): string {
  const authority = Buffer.from(cluster.caPem).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: cluster.endpoint, 'certificate-authority-data': authority } }],
    users: [{ name: 'u', user: { token } }],
  });
}
