import type { Digest } from '../../contract/index.ts';
import { type HashTrail, type Part, readAgain } from '../hash-trail.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import type { BlobReadOptions, CallOptions, RegistryContext } from './context.ts';
import { isAbsent } from './failures.ts';
import { mountQuery, repositoryPath, uploadScopes } from './paths.ts';
import { readBlob } from './read-blob.ts';
import { drain } from './read-body.ts';
import { withRetry } from './retry.ts';

export async function blobExists(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { signal }: CallOptions,
): Promise<boolean> {
  try {
    await withRetry(context.retry, signal, () => headBlob(context, repository, digest, { signal }));
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Asked once; fails where it is not there. */
export async function headBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { signal }: { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const response = await context.send({
    method: 'HEAD',
    target: `${repositoryPath(repository)}/blobs/${digest}`,
    expect: [200],
    scopes: [{ repository, actions: 'pull' }],
    signal,
    what: `looking for blob ${digest} of ${repository}`,
  });
  await drain(response.body);
}

/** Opened when it is first read. */
export function getBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  { signal, lent = false, trail }: BlobReadOptions,
): AsyncIterable<Uint8Array> {
  const bytes = readBlob(context, repository, content, signal);
  const what = `Blob ${content.digest} of ${repository} from ${context.host}`;
  const verified = verifyStream(bytes, content, what, trail);
  return !lent ? ownPieces(verified) : verified;
}

/** A part that `getBlob` has given with this trail, once more. */
export function getBlobAgain(
  context: RegistryContext,
  repository: string,
  content: Content,
  { trail, ...part }: Part & { readonly trail: HashTrail },
  { signal, lent = false }: BlobReadOptions,
): AsyncIterable<Uint8Array> {
  const open = (wider: Part) => readBlob(context, repository, content, signal, wider);
  const bytes = readAgain(trail, part, open, `Blob ${content.digest} of ${repository} from ${context.host}`);
  return !lent ? ownPieces(bytes) : bytes;
}

async function* ownPieces(lent: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of lent) yield Buffer.from(piece);
}

export async function mountBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  from: string,
  { signal }: CallOptions,
): Promise<boolean> {
  const response = await withRetry(context.retry, signal, () =>
    context.send({
      method: 'POST',
      target: `${repositoryPath(repository)}/blobs/uploads/?${mountQuery(digest, from)}`,
      headers: { 'content-length': '0' },
      expect: [201, 202],
      scopes: uploadScopes(repository, from),
      signal,
      what: `mounting blob ${digest} of ${from} into ${repository}`,
    }),
  );
  await drain(response.body);
  return response.status === 201;
}
