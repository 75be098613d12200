import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { join } from 'node:path';

/** How the nodes log in to one registry. Asked at each pull, so that a password may change, come later, or go. */
export type ImageCredentials = { host: string; get: () => Promise<{ username: string; password: string }> };

export type CredentialProvider = { dir: string; stop(): Promise<void> };

/** A kubelet image credential provider, as EKS's nodes have one for ECR. Its program asks this process, with a secret. */
export async function startCredentialProvider(
  dir: string,
  options: { address: string; busybox: string; credentials: ImageCredentials; say: (line: string) => void },
): Promise<CredentialProvider> {
  const secret = randomBytes(24).toString('base64url');
  const { host } = options.credentials;
  const server = createServer((request, response) => {
    if (request.headers['x-node-secret'] !== secret) {
      response.writeHead(403).end();
      return;
    }
    options.credentials.get().then(
      (auth) => response.end(JSON.stringify(providerResponse(host, auth))),
      (error: unknown) => {
        options.say(`a node got no password for ${host}: ${error instanceof Error ? error.message : String(error)}`);
        response.writeHead(404).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, options.address, resolve);
  });
  server.unref();
  const url = `http://${options.address}:${portOf(server)}/`;
  await mkdir(join(dir, 'bin'), { recursive: true });
  await writeFile(join(dir, 'config.json'), JSON.stringify(providerConfig(host)));
  const program = `#!/bin/sh\nexec ${options.busybox} wget -q -O - --header 'x-node-secret: ${secret}' ${url}\n`;
  await writeFile(join(dir, 'bin/world-registry'), program, { mode: 0o700 });
  return {
    dir,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function providerConfig(host: string): object {
  const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';
  return {
    apiVersion: 'kubelet.config.k8s.io/v1',
    kind: 'CredentialProviderConfig',
    providers: [{ name: 'world-registry', apiVersion, matchImages: [host], defaultCacheDuration: '0s' }],
  };
}

function providerResponse(host: string, auth: { username: string; password: string }): object {
  return {
    kind: 'CredentialProviderResponse',
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
    cacheKeyType: 'Registry',
    cacheDuration: '0s',
    auth: { [host]: auth },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
