import type { Digest } from '../../contract/index.ts';
import { type HashTrail, type Part, readAgain } from '../hash-trail.ts';
import { type Content, verifyStream, verifyWhole } from '../verify-stream.ts';
import { type BlobReadOptions, type CallOptions, isSmall, type RegistryContext } from './context.ts';
import { isAbsent } from './failures.ts';
import { mountQuery, repositoryPath, uploadScopes } from './paths.ts';
import { readBlob, readSmall } from './read-blob.ts';
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
  const what = `Blob ${content.digest} of ${repository} from ${context.host}`;
  if (isSmall(content)) return smallBlob(() => readSmall(context, repository, content, signal), content, what);
  const verified = verifyStream(readBlob(context, repository, content, signal), content, what, trail);
  return !lent ? ownPieces(verified) : verified;
}

async function* smallBlob(
  read: () => Promise<Uint8Array>,
  content: Content,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await read();
  verifyWhole(bytes, content, what);
  if (bytes.byteLength > 0) yield bytes;
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
