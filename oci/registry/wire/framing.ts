import type { ByteReader } from './byte-reader.ts';
import { MalformedAnswer, type ResponseHead } from './parse-head.ts';
import { type InTime, readChunked } from './read-chunked.ts';

/** Where the body of an answer ends. */
export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** With the connection. */
  | { readonly kind: 'close' };

/** RFC 9112, section 6.3; where it lets a reader choose, the answer is refused: a choice is what smuggling lives on. */
export function framingOf(method: string, head: ResponseHead): Framing {
  const length = head.headers['content-length'];
  const encoding = head.headers['transfer-encoding'];
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new MalformedAnswer('its content-length is not a number');
  if (length !== undefined && encoding !== undefined)
    throw new MalformedAnswer('it has a content-length and a transfer-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked')
    throw new MalformedAnswer('its transfer-encoding is not known');
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { kind: 'length', length: 0 };
  if (encoding !== undefined) return { kind: 'chunked' };
  return length === undefined ? { kind: 'close' } : { kind: 'length', length: Number(length) };
}

/** A piece is gone when the next is asked for. */
export function bodyOf(
  reader: ByteReader,
  framing: Framing,
  inTime: InTime,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (framing.kind === 'chunked') return readChunked(reader, inTime);
  return framing.kind === 'close' ? reader.toEnd() : reader.exactly(framing.length);
}
