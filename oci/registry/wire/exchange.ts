import { ByteReader } from './byte-reader.ts';
import type { Connection } from './connection.ts';
import { bodyOf, framingOf } from './framing.ts';
import { MalformedAnswer, parseHead, type ResponseHead } from './parse-head.ts';
import { requestHead } from './request-head.ts';

/** As large as Node's own limit. */
const maxHead = 16 * 1024;
const maxInterim = 10;
/** For the whole head of an answer, from when the request has gone out, and for each frame of a chunk. The data is held to a pace by whoever reads it. */
const answerMs = 60_000;

/** It had begun, or not even that. */
export class LateAnswer extends Error {
  constructor() {
    super(`no answer was there after ${answerMs / 1000} s`);
  }
}

export type WireRequest = {
  readonly method: string;
  readonly url: URL;
  /** With `content-length` where the body is not bytes. */
  readonly headers: Readonly<Record<string, string>>;
  /** Is done with a piece before it asks for the next. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
};

export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A piece is gone when the next is asked for. Calls `done` at its end: whether the connection may be used again. */
  readonly body: AsyncIterable<Uint8Array>;
};

/** Of an answer without a body, as most answers are: nobody need look. */
export const noBody: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

/** One request and its answer on a connection. An answer that comes before all is sent ends the sending. */
export async function exchange(
  connection: Connection,
  request: WireRequest,
  done: (reusable: boolean) => void,
): Promise<WireAnswer> {
  const reader = new ByteReader(connection);
  const { method, url, headers: fields, body } = request;
  const { head, whole } =
    body === undefined || body instanceof Uint8Array
      ? await ask(connection, reader, requestBytes(request, body))
      : await send(connection, reader, requestHead(method, url, fields), body, Number(fields['content-length']));
  const framing = framingOf(method, head);
  const reusable = (): boolean => whole && head.persistent && framing.kind !== 'close' && reader.isEmpty;
  const { status, headers } = head;
  if (framing.kind !== 'length' || framing.length > 0) {
    const chunkInTime = <T>(read: Promise<T>): Promise<T> => inTime(connection, read, lateChunk);
    return { status, headers, body: untilDone(bodyOf(reader, framing, chunkInTime), reusable, done) };
  }
  done(reusable());
  return { status, headers, body: noBody };
}

/** `whole`: all of the request has gone out. */
type Answered = { readonly head: ResponseHead; readonly whole: boolean };

function requestBytes({ method, url, headers }: WireRequest, body: Uint8Array | undefined): Uint8Array {
  if (body === undefined) return requestHead(method, url, headers);
  return Buffer.concat([requestHead(method, url, { ...headers, 'content-length': String(body.byteLength) }), body]);
}

/** In one write. A connection that breaks is told by the answer. */
async function ask(connection: Connection, reader: ByteReader, bytes: Uint8Array): Promise<Answered> {
  connection.send(bytes);
  const head = await inTime(connection, readAnswer(reader), lateAnswer);
  return { head, whole: connection.sent };
}

/** Piece by piece, until an answer comes. The body's own failure is thrown. */
async function send(
  connection: Connection,
  reader: ByteReader,
  head: Uint8Array,
  body: AsyncIterable<Uint8Array>,
  length: number,
): Promise<Answered> {
  let answered = false;
  const answer = readAnswer(reader).finally(() => {
    answered = true;
    connection.abandonWrite();
  });
  // It is awaited below, but the body's own failure comes first.
  answer.catch(() => undefined);
  let left = length;
  connection.patient = true;
  try {
    await connection.write(head).catch(() => undefined);
    for await (const piece of body) {
      left -= piece.byteLength;
      if (left < 0) break;
      await connection.write(piece).catch(() => undefined);
      if (answered) break;
    }
  } finally {
    connection.expectAnswer();
  }
  const whole = !answered;
  if (whole && left !== 0) throw new TypeError('the body has not the length that was announced');
  return { head: await inTime(connection, answer, lateAnswer), whole };
}

async function readAnswer(reader: ByteReader): Promise<ResponseHead> {
  for (let interim = 0; interim < maxInterim; interim++) {
    const head = parseHead(await reader.block(maxHead));
    if (head.status === 101) throw new MalformedAnswer('it changes the protocol');
    if (head.status >= 200) return head;
  }
  throw new MalformedAnswer('it has no end of interim answers');
}

const lateAnswer = (): Error => new LateAnswer();
const lateChunk = (): Error => new Error(`what frames a chunk was not whole after ${answerMs / 1000} s`);

/** A connection that gives a head, or what frames a chunk, byte by byte is never silent. */
async function inTime<T>(connection: Connection, read: Promise<T>, late: () => Error): Promise<T> {
  connection.answerBy(answerMs, late);
  try {
    return await read;
  } finally {
    connection.answered();
  }
}

async function* untilDone(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  reusable: () => boolean,
  done: (reusable: boolean) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false;
  try {
    yield* pieces;
    ended = true;
  } finally {
    done(ended && reusable());
  }
}
