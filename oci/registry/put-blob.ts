import { LandfallError } from '../../contract/index.ts';
import { type Content, gather, verifyWhole } from '../verify-stream.ts';
import { headBlob } from './blobs.ts';
import { type BlobWriteOptions, isBulk, isSmall, type RegistryContext } from './context.ts';
import { hasStatus } from './failures.ts';
import { KeptBytes } from './kept-bytes.ts';
import { progressBytes } from './read-blob.ts';
import { withRetry } from './retry.ts';
import { type BlobBody, UploadBody } from './upload-body.ts';
import {
  openUpload,
  type Place,
  sendRest,
  sendSmall,
  type Session,
  type Upload,
  whereItStands,
} from './upload-session.ts';

/** Chunk sizes tried one after the other by a registry that refuses a body as too large (413). */
const chunkSizes = [64, 16, 4, 1].map((mebibytes) => mebibytes * 1024 * 1024);

/** So often in a row an upload is gone on with that gets no further: after that it begins again, as if the registry could not. */
const mostIdle = 2;

/**
 * POST and one PUT: the least requests, and all that ECR takes. A registry that answers 413 (ACR, proxies with a limit) gets the
 * blob in chunks instead, as large as it bears, and from then on every larger blob too. An upload that breaks goes on where the
 * registry says it stands, or begins again where it does not say. `from`: a repository of the same registry to take the blob over
 * from; when it does not, the upload that it opened instead is used.
 */
export async function storeBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  body: BlobBody,
  { signal, verified = false, from }: BlobWriteOptions & { readonly from?: string | undefined },
): Promise<'copied' | 'taken'> {
  const what = `storing blob ${content.digest} in ${repository}`;
  const session = { context, repository, content, from, signal, what };
  if (isSmall(content)) return storeSmall(session, body, verified);
  for (;;) {
    const { largestBody } = context.uploads;
    const chunked = content.size > largestBody;
    const pieces = chunked ? (all: AsyncIterable<Uint8Array>) => inChunks(all, largestBody) : undefined;
    // A chunk is in hand as a whole, and so are bytes in memory.
    const kept =
      chunked || body instanceof Uint8Array ? undefined : KeptBytes.of(content.size, context.uploads.keeping);
    const bytes = new UploadBody(body, content, verified, { pieces, kept });
    const upload: Upload = { ...session, body: bytes, chunked, idle: 0 };
    try {
      return await withRetry(context.retry, signal, (progressed) => store(upload, progressed));
    } catch (error) {
      const smaller = chunkSizes.find((each) => each < Math.min(largestBody, content.size));
      if (!hasStatus(error, 413) || smaller === undefined) throw error;
      // Another blob may have found a smaller limit meanwhile.
      context.uploads.largestBody = Math.min(context.uploads.largestBody, smaller);
    } finally {
      kept?.release();
      await bytes.close();
    }
  }
}

/** Read once, whatever becomes of its upload. */
async function storeSmall(session: Session, body: BlobBody, verified: boolean): Promise<'copied' | 'taken'> {
  const { context, content, signal } = session;
  let bytes: Uint8Array | undefined;
  return withRetry(context.retry, signal, async () => {
    const opened = await openUpload(session);
    if (opened === undefined) return 'taken';
    if (bytes === undefined) {
      bytes = body instanceof Uint8Array ? body : await gather(await body(), content);
      if (!verified) verifyWhole(bytes, content, `Blob ${content.digest}`);
    }
    await sendSmall(session, opened, bytes);
    return 'copied';
  });
}

async function store(upload: Upload, progressed: () => void): Promise<'copied' | 'taken'> {
  if (upload.place !== undefined && isBulk(upload.content)) {
    // All of it may have arrived, and only the answer was lost.
    if (await arrived(upload)) return 'copied';
    if (await goOn(upload, upload.place.at, progressed)) return 'copied';
  }
  const opened = await openUpload(upload);
  if (opened === undefined) return 'taken';
  await upload.body.close();
  upload.idle = 0;
  await sendRest(upload, opened);
  return 'copied';
}

/** False: the registry does not let it go on, and it has to begin again. */
async function goOn(upload: Upload, from: number, progressed: () => void): Promise<boolean> {
  const { uploads } = upload.context;
  if (!uploads.goesOn) return false;
  const place = await whereItStands(upload);
  if (place === undefined) return false;
  const moved = place.at - from >= progressBytes;
  if (moved) progressed();
  upload.idle = moved ? 0 : upload.idle + 1;
  if (upload.idle > mostIdle) return false;
  if (await taken(upload, place)) return true;
  // It may still have been taking in what came before the cut.
  const later = await whereItStands(upload);
  if (later !== undefined && later.at > place.at) return taken(upload, later);
  uploads.goesOn = false;
  return false;
}

/** False: the registry refuses to go on there. */
async function taken(upload: Upload, place: Place): Promise<boolean> {
  try {
    await sendRest(upload, place);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** Of going on, perhaps: what follows a new beginning tells whether of the blob. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof LandfallError) || error.temporary) return false;
  return error.details['status'] !== undefined && !hasStatus(error, 413);
}

/** Whatever else comes back than a yes, what follows tells it better. */
function arrived({ context, repository, content, signal }: Upload): Promise<boolean> {
  return headBlob(context, repository, content.digest, { signal }).then(
    () => true,
    () => false,
  );
}

/** Pieces of exactly `size` bytes, the last one smaller, copied together in one buffer of that size. */
async function* inChunks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = Buffer.allocUnsafe(size);
  let held = 0;
  for await (const piece of source) {
    for (let rest = piece; rest.byteLength > 0;) {
      const taken = rest.subarray(0, size - held);
      chunk.set(taken, held);
      held += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (held < size) continue;
      yield chunk;
      held = 0;
    }
  }
  if (held > 0) yield chunk.subarray(0, held);
}
