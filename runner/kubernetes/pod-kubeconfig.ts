import { writeFile } from 'node:fs/promises';
import { serviceAccountDir } from './connection.ts';

/**
 * A pod's own access written down for engines that act as others: what they find in a pod by themselves has no place for that. No secret is in
 * it: it names the file of the token, which the kubelet renews. Returns its path.
 */
export async function writePodKubeconfig(
  path: string,
  apiServer: { host: string; port: string },
  dir: string = serviceAccountDir,
): Promise<string> {
  const host = apiServer.host.includes(':') ? `[${apiServer.host}]` : apiServer.host;
  const cluster = { server: `https://${host}:${apiServer.port}`, 'certificate-authority': `${dir}/ca.crt` };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
    clusters: [{ name: 'pod', cluster }],
    users: [{ name: 'pod', user: { tokenFile: `${dir}/token` } }],
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
