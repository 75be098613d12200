import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { startLoopbackProcess } from '../cloud/loopback-process.ts';
import type { Authority } from '../world/authority.ts';
import type { AzureCloud } from './clouds.ts';
import { signWithSharedKey } from './shared-key.ts';

export type BlobStorage = {
  host: string;
  port: number;
  /** Of the account, base64: nobody but its owner has it. */
  key: string;
  makeContainer(container: string): Promise<void>;
  /** Names of all blobs of a container. */
  blobs(container: string): Promise<string[]>;
  read(container: string, blob: string): Promise<string>;
  /** What a HEAD tells of a blob: lease, metadata. */
  headersOf(container: string, blob: string): Promise<IncomingHttpHeaders>;
  /** Takes a lease away, whoever has it. */
  breakLease(container: string, blob: string): Promise<void>;
  stop(): Promise<void>;
};

type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

/** One storage account by azurite, in memory, over TLS; what is asked here is asked as the account's owner, by its key. */
export async function startBlobStorage(options: {
  azuritePath: string;
  /** For the certificate and the log. */
  dir: string;
  ca: Authority;
  cloud: AzureCloud;
  account: string;
}): Promise<BlobStorage> {
  const { azuritePath, dir, ca, cloud, account } = options;
  const host = `${account}.${cloud.blobSuffix}`;
  const pair = await ca.issue({ commonName: host, hosts: [host], usage: 'server' });
  const [cert, keyFile] = [join(dir, 'azurite.crt'), join(dir, 'azurite.key')];
  await writeFile(cert, pair.certificatePem);
  await writeFile(keyFile, pair.keyPem, { mode: 0o600 });
  const key = randomBytes(64).toString('base64');
  const flags = ['--oauth', 'basic', '--inMemoryPersistence', '--disableTelemetry', '--cert', cert, '--key', keyFile];
  const server = await startLoopbackProcess({
    name: 'azurite',
    command: (port) => ({
      file: process.execPath,
      args: [azuritePath, '--blobHost', '127.0.0.1', '--blobPort', String(port), ...flags],
    }),
    env: { PATH: '/usr/bin:/bin', HOME: dir, AZURITE_ACCOUNTS: `${account}:${key}` },
    cwd: dir,
    logPath: join(dir, 'azurite.log'),
    readyPath: '/',
    tls: { ca: ca.certificatePem, servername: host },
    timeoutMs: 60_000,
  });

  const send = (method: string, path: string, more: Record<string, string>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const dated = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2023-11-03', ...more };
      const authorization = signWithSharedKey(account, key, { method, path, headers: dated, bodyLength: 0 });
      const headers = { ...dated, host, authorization, 'content-length': '0' };
      const address = { host: '127.0.0.1', port: server.port, servername: host, ca: ca.certificatePem };
      const outgoing = request({ ...address, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      });
      outgoing.once('error', reject);
      outgoing.end();
    });
  const owner = async (method: string, path: string, more: Record<string, string> = {}): Promise<Answer> => {
    const answer = await send(method, path, more);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer;
  };
  return {
    host,
    port: server.port,
    key,
    makeContainer: async (container) => void (await owner('PUT', `/${container}?restype=container`)),
    blobs: async (container) => {
      const { text } = await owner('GET', `/${container}?restype=container&comp=list`);
      return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name = '']) => name);
    },
    read: async (container, blob) => (await owner('GET', `/${container}/${blob}`)).text,
    headersOf: async (container, blob) => (await owner('HEAD', `/${container}/${blob}`)).headers,
    breakLease: async (container, blob) => {
      const now = { 'x-ms-lease-action': 'break', 'x-ms-lease-break-period': '0' };
      await owner('PUT', `/${container}/${blob}?comp=lease`, now);
    },
    stop: () => server.stop(),
  };
}
