import { LandfallError } from '../../contract/index.ts';
import type { Part } from '../hash-trail.ts';
import { type Content, gather } from '../verify-stream.ts';
import { isBulk, type RegistryContext } from './context.ts';
import type { TransportResponse } from './exchange.ts';
import { repositoryPath } from './paths.ts';
import { drain } from './read-body.ts';
import { pauseBefore, withRetry } from './retry.ts';

/** A connection that brought less than this before it was cut made no progress: only so many of these in a row are borne. */
export const progressBytes = 64 * 1024;

/** Opens a blob from byte 0. Retried until there is an answer; a wrong length is refused before a byte is read. */
function openBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<TransportResponse> {
  return withRetry(context.retry, signal, () => openOnce(context, repository, content, signal));
}

async function openOnce(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<TransportResponse> {
  const response = await send(context, repository, content, signal, undefined);
  await refuseWrongLength(context, repository, content, response);
  return response;
}

/** All bytes of a small blob; where it is cut, it is asked for once more. */
export function readSmall(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return withRetry(context.retry, signal, async () => {
    const { body, url } = await openOnce(context, repository, content, signal);
    const cut = (given: number, cause?: unknown): LandfallError =>
      brokenBy(cause, `${given} of ${content.size} bytes while ${what(repository, content)}`, url);
    const bytes = await gather(body, content).catch((cause: unknown) => {
      throw cut(0, cause);
    });
    if (bytes.byteLength < content.size) throw cut(bytes.byteLength);
    return bytes;
  });
}

/**
 * The blob's bytes, or a part of them; after that more may come, which is to be passed over. Nothing is opened before the first is asked for: what nobody reads holds no connection. They come over as many connections as it takes: after a cut the rest is asked for with a closed Range
 * (RFC 9110, section 14.2), always from the registry itself, since redirect targets expire. An answer that is not exactly the
 * rest is not used; then the blob comes from its beginning again and what was handed on already is passed over.
 */
export async function* readBlob(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
  { from, to }: Part = { from: 0, to: content.size },
): AsyncGenerator<Uint8Array, void, undefined> {
  const isWhole = from === 0 && to === content.size;
  let { response, skip } = isWhole
    ? { response: await openBlob(context, repository, content, signal), skip: 0 }
    : await resume(context, repository, content, signal, { from, to });
  let given = from;
  let idleCuts = 0;
  for (;;) {
    const before = given;
    const cut = yield* handOn(response, skip, to - given, (bytes) => {
      given += bytes;
    });
    if (given >= to) return;
    const broken = brokenBy(cut, `${given} of ${content.size} bytes while ${what(repository, content)}`, response.url);
    // One that was too slow is none, whatever it brought.
    idleCuts = given - before < progressBytes || broken === cut ? idleCuts + 1 : 0;
    if (signal?.aborted === true || idleCuts >= (context.retry.attempts ?? 5)) throw broken;
    await pauseBefore(context.retry, Math.max(1, idleCuts), broken, signal);
    ({ response, skip } = await resume(context, repository, content, signal, { from: given, to }));
  }
}

/** Yields what is new in the body; returns why it broke, if it broke. One byte more than awaited is handed on, so that whoever verifies sees it. */
async function* handOn(
  response: TransportResponse,
  skip: number,
  awaited: number,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, unknown, undefined> {
  let pass = skip;
  let left = awaited;
  try {
    for await (const chunk of response.body) {
      const bytes = pass > 0 ? chunk.subarray(Math.min(pass, chunk.byteLength)) : chunk;
      pass = Math.max(0, pass - chunk.byteLength);
      if (bytes.byteLength === 0) continue;
      count(bytes.byteLength);
      left -= bytes.byteLength;
      yield bytes;
      if (left < 0) return undefined;
    }
    return undefined;
  } catch (cause) {
    return cause;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The cut as an error of ours; what is one already (LF-OCI-042) stays it. */
function brokenBy(cut: unknown, after: string, { host }: URL): LandfallError {
  if (cut instanceof LandfallError) return cut;
  const message = `The connection to ${host} broke after ${after}: ${cut === undefined ? 'it ended early' : messageOf(cut)}`;
  return new LandfallError('LF-OCI-002', message, { cause: cut, temporary: true });
}

async function resume(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
  part: Part,
): Promise<{ response: TransportResponse; skip: number }> {
  const { from } = part;
  const rest = await withRetry(context.retry, signal, () => send(context, repository, content, signal, part));
  if (rest.status === 206 && isPart(rest, part, content.size)) return { response: rest, skip: 0 };
  if (rest.status === 200) {
    await refuseWrongLength(context, repository, content, rest);
    return { response: rest, skip: from };
  }
  await drain(rest.body);
  return { response: await openBlob(context, repository, content, signal), skip: from };
}

/** `Content-Range: bytes 100-999/1000`; the whole size may be unknown to the sender (`*`). */
function isPart(response: TransportResponse, { from, to }: Part, size: number): boolean {
  const [, start, end, whole] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(response.headers['content-range'] ?? '') ?? [];
  return Number(start) === from && Number(end) === to - 1 && (whole === '*' || Number(whole) === size);
}

function send(
  context: RegistryContext,
  repository: string,
  content: Content,
  signal: AbortSignal | undefined,
  part: Part | undefined,
): Promise<TransportResponse> {
  return context.send({
    method: 'GET',
    target: `${repositoryPath(repository)}/blobs/${content.digest}`,
    ...(part === undefined ? {} : { headers: { range: `bytes=${part.from}-${part.to - 1}` } }),
    // 416: a server that counts differently; the blob is then read from its beginning.
    expect: part === undefined ? [200] : [206, 200, 416],
    scopes: [{ repository, actions: 'pull' }],
    signal,
    bulk: isBulk(content),
    what: what(repository, content),
  });
}

async function refuseWrongLength(
  context: RegistryContext,
  repository: string,
  content: Content,
  response: TransportResponse,
): Promise<void> {
  const length = response.headers['content-length'];
  if (length === undefined || Number(length) === content.size) return;
  await drain(response.body);
  throw new LandfallError(
    'LF-OCI-005',
    `${context.host}, ${what(repository, content)}: it has ${length} bytes and should have ${content.size}`,
  );
}

function what(repository: string, content: Content): string {
  return `fetching blob ${content.digest} of ${repository}`;
}
