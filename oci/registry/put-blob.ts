import { type Digest, LandfallError } from '../../contract/index.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import { headBlob } from './blobs.ts';
import { type BlobWriteOptions, isBulk, type RegistryContext } from './context.ts';
import type { TransportRequest, TransportResponse } from './exchange.ts';
import { hasStatus } from './failures.ts';
import { mountQuery, repositoryPath, uploadScopes } from './paths.ts';
import { drain } from './read-body.ts';
import { withRetry } from './retry.ts';
import { refuseOtherDigest } from './stated-digest.ts';

/** Bytes, or a function that opens the stream from its beginning: once per attempt. A piece is done with before the next is asked for. */
export type BlobBody = Uint8Array | (() => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>);

const smallBytes = 64 * 1024;

/** Chunk sizes tried one after the other by a registry that refuses a body as too large (413). */
const chunkSizes = [64, 16, 4, 1].map((mebibytes) => mebibytes * 1024 * 1024);

/**
 * POST and one PUT: the least requests, and all that ECR takes. A registry that answers 413 (ACR, proxies with a limit) gets the
 * blob in chunks instead, as large as it bears, and from then on every larger blob too. `from`: a repository of the same registry to
 * take the blob over from; when it does not, the upload that it opened instead is used.
 */
export async function storeBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  body: BlobBody,
  { signal, verified = false, from }: BlobWriteOptions & { readonly from?: string | undefined },
): Promise<'copied' | 'taken'> {
  const what = `storing blob ${content.digest} in ${repository}`;
  const upload: Upload = { context, repository, content, body, verified, from, signal, what };
  let sent = false;
  for (;;) {
    const { largestBody } = context.uploads;
    try {
      // Opening and sending are one attempt: after a broken upload its session cannot be trusted to be at zero.
      return await withRetry(context.retry, signal, async () => {
        // All of it may have arrived, and only the answer was lost.
        if (sent && isBulk(content) && (await arrived(upload))) return 'copied';
        const opened = await open(upload);
        if (opened.status === 201) return 'taken';
        sent = true;
        const end = content.size <= largestBody ? putWhole(upload, opened) : putChunks(upload, opened, largestBody);
        refuseOtherDigest(await end, content.digest, what);
        return 'copied';
      });
    } catch (error) {
      const smaller = chunkSizes.find((each) => each < Math.min(largestBody, content.size));
      if (!hasStatus(error, 413) || smaller === undefined) throw error;
      // Another blob may have found a smaller limit meanwhile.
      context.uploads.largestBody = Math.min(context.uploads.largestBody, smaller);
    }
  }
}

type Upload = {
  context: RegistryContext;
  repository: string;
  content: Content;
  body: BlobBody;
  verified: boolean;
  from: string | undefined;
  signal: AbortSignal | undefined;
  what: string;
};

async function putWhole(upload: Upload, opened: TransportResponse): Promise<TransportResponse> {
  const { content, what } = upload;
  const pieces = await openBody(upload);
  // Small ones are read first: head and body go out in one write, and a 401 costs a repeat of the request, not of the upload.
  const small = content.size <= smallBytes ? await wholeOf(pieces) : undefined;
  return send(upload, {
    method: 'PUT',
    target: endTarget(opened, content.digest, what),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(content.size) },
    body: small === undefined ? bodyOnce(pieces, what) : () => small,
    bulk: isBulk(content),
    expect: [201],
  });
}

/** PATCH by PATCH, each at the place that the one before named (distribution-spec, "pushing a blob in chunks"). */
async function putChunks(upload: Upload, opened: TransportResponse, chunkBytes: number): Promise<TransportResponse> {
  let at = opened;
  let sent = 0;
  for await (const chunk of inChunks(await openBody(upload), chunkBytes)) {
    at = await send(upload, {
      method: 'PATCH',
      target: locationOf(at, upload.what),
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(chunk.byteLength),
        'content-range': `${sent}-${sent + chunk.byteLength - 1}`,
      },
      body: () => chunk,
      expect: [202],
    });
    sent += chunk.byteLength;
  }
  return send(upload, {
    method: 'PUT',
    target: endTarget(at, upload.content.digest, upload.what),
    headers: { 'content-length': '0' },
    expect: [201],
  });
}

function open(upload: Upload): Promise<TransportResponse> {
  const { repository, from, content } = upload;
  const uploads = `${repositoryPath(repository)}/blobs/uploads/`;
  return send(upload, {
    method: 'POST',
    target: from === undefined ? uploads : `${uploads}?${mountQuery(content.digest, from)}`,
    headers: { 'content-length': '0' },
    expect: from === undefined ? [202] : [201, 202],
  });
}

async function send(
  { context, repository, from, signal, what }: Upload,
  request: Pick<TransportRequest, 'method' | 'target' | 'headers' | 'body' | 'bulk' | 'expect'>,
): Promise<TransportResponse> {
  const scopes = uploadScopes(repository, from);
  const response = await context.send({ ...request, scopes, signal, what });
  await drain(response.body);
  return response;
}

/** Whatever else comes back than a yes, what follows tells it better. */
function arrived({ context, repository, content, signal }: Upload): Promise<boolean> {
  return headBlob(context, repository, content.digest, { signal }).then(
    () => true,
    () => false,
  );
}

async function openBody({ body, content, verified }: Upload): Promise<AsyncIterable<Uint8Array>> {
  const source = body instanceof Uint8Array ? oneChunk(body) : await body();
  return verified ? source : verifyStream(source, content, `Blob ${content.digest}`);
}

function locationOf(answer: TransportResponse, what: string): URL {
  const location = answer.headers['location'];
  if (location === undefined) {
    throw new LandfallError('LF-OCI-008', `${answer.url.host} did not say where the upload is, ${what}`);
  }
  return new URL(location, answer.url);
}

function endTarget(answer: TransportResponse, digest: Digest, what: string): URL {
  const url = locationOf(answer, what);
  url.search += `${url.search === '' ? '?' : '&'}digest=${digest}`;
  return url;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
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

async function wholeOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** A second try of the same PUT (after a 401) would send a stream that was read already: make it a whole new attempt. */
function bodyOnce(bytes: AsyncIterable<Uint8Array>, what: string): () => AsyncIterable<Uint8Array> {
  let taken = false;
  return () => {
    if (taken) {
      throw new LandfallError('LF-OCI-003', `The token ended while ${what}`, { temporary: true });
    }
    taken = true;
    return bytes;
  };
}
