import { Readable } from 'node:stream';
import { type Digest, LandfallError } from '../../contract/index.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { hasStatus } from './failures.ts';
import { repositoryPath } from './paths.ts';
import { openBlob, readBlob } from './read-blob.ts';
import { drain } from './read-body.ts';
import { withRetry } from './retry.ts';
import type { TransportResponse } from './exchange.ts';

/** Bytes, or a function that opens the stream from its beginning: once per attempt. */
export type BlobBody = Uint8Array | (() => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>);

export async function blobExists(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { signal }: CallOptions,
): Promise<boolean> {
  try {
    return await withRetry(context.retry, signal, async () => {
      const response = await context.send({
        method: 'HEAD',
        target: `${repositoryPath(repository)}/blobs/${digest}`,
        expect: [200],
        scopes: [{ repository, actions: 'pull' }],
        signal,
        what: `looking for blob ${digest} of ${repository}`,
      });
      await drain(response.body);
      return true;
    });
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

export async function getBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  { signal }: CallOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const first = await openBlob(context, repository, content, signal);
  const bytes = readBlob(context, repository, content, signal, first);
  return verifyStream(bytes, content, `Blob ${content.digest} from ${context.host}`);
}

export async function putBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  body: BlobBody,
  { signal }: CallOptions,
): Promise<void> {
  const what = `storing blob ${content.digest} in ${repository}`;
  const scopes = [{ repository, actions: 'pull,push' as const }];
  // Both steps are one attempt: after a broken upload its session cannot be trusted to be at zero.
  await withRetry(context.retry, signal, async () => {
    const started = await context.send({
      method: 'POST',
      target: `${repositoryPath(repository)}/blobs/uploads/`,
      headers: { 'content-length': '0' },
      expect: [202],
      scopes,
      signal,
      what,
    });
    await drain(started.body);
    const source = body instanceof Uint8Array ? oneChunk(body) : await body();
    const verified = verifyStream(source, content, `Blob ${content.digest}`);
    const stored = await context.send({
      method: 'PUT',
      target: uploadTarget(started, content.digest),
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(content.size) },
      body: bodyOnce(verified, what),
      expect: [201],
      scopes,
      signal,
      what,
    });
    await drain(stored.body);
  });
}

export async function mountBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  from: string,
  { signal }: CallOptions,
): Promise<boolean> {
  repositoryPath(from);
  const response = await withRetry(context.retry, signal, () =>
    context.send({
      method: 'POST',
      target: `${repositoryPath(repository)}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
      headers: { 'content-length': '0' },
      expect: [201, 202],
      // Both scopes, or the registry quietly opens an upload instead (token specification, cross-repository mount).
      scopes: [
        { repository, actions: 'pull,push' },
        { repository: from, actions: 'pull' },
      ],
      signal,
      what: `mounting blob ${digest} of ${from} into ${repository}`,
    }),
  );
  await drain(response.body);
  return response.status === 201;
}

function uploadTarget(started: TransportResponse, digest: Digest): string {
  const location = started.headers['location'];
  if (location === undefined) {
    throw new LandfallError('LF-OCI-008', `${started.url.host} opened an upload without saying where`);
  }
  const url = new URL(location, started.url);
  url.searchParams.set('digest', digest);
  return url.href;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** A second try of the same PUT (after a 401) would send a stream that was read already: make it a whole new attempt. */
function bodyOnce(verified: AsyncIterable<Uint8Array>, what: string): () => Readable {
  let taken = false;
  return () => {
    if (taken) {
      throw new LandfallError('LF-OCI-003', `The token ended while ${what}`, { temporary: true });
    }
    taken = true;
    return Readable.from(verified, { objectMode: false, highWaterMark: 256 * 1024 });
  };
}
