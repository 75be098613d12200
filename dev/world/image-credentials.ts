import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How the nodes log in to one registry. The file is read at each pull: it may change, and come later. */
export type ImageCredentials = { host: string; username: string; passwordFile: string };

/** Lays out a kubelet image credential provider, as EKS's nodes have one for ECR; returns its folder. */
export async function writeCredentialProvider(dir: string, credentials: ImageCredentials): Promise<string> {
  await mkdir(join(dir, 'bin'), { recursive: true });
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1',
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name: 'world-registry',
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        matchImages: [credentials.host],
        defaultCacheDuration: '0s',
      },
    ],
  };
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const script = `#!/bin/sh
password=$(cat ${quote(credentials.passwordFile)}) || exit 1
printf '{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Registry","cacheDuration":"0s","auth":{"%s":{"username":"%s","password":"%s"}}}' ${quote(credentials.host)} ${quote(credentials.username)} "$password"
`;
  await writeFile(join(dir, 'bin/world-registry'), script, { mode: 0o755 });
  return dir;
}
