import type { ByteReader } from './byte-reader.ts';
import { MalformedAnswer, parseFields } from './parse-head.ts';

/** An extension is allowed and means nothing to us (RFC 9112, section 7.1.1). */
const sizeLine = /^([0-9A-Fa-f]{1,13})(?:;[\t\x20-\x7e]*)?$/;
const maxSizeLine = 256;
const maxTrailer = 8 * 1024;

/** Rejects when it takes too long: what frames the data is not held to a pace, as data is. */
export type InTime = <T>(framing: Promise<T>) => Promise<T>;

/** The data of a chunked body; ends after the trailer, which is checked and dropped. A piece is gone when the next is asked for. */
export async function* readChunked(reader: ByteReader, inTime: InTime): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const [, hex] = sizeLine.exec(await inTime(reader.line(maxSizeLine))) ?? [];
    if (hex === undefined) throw new MalformedAnswer('a chunk begins without its size');
    const size = Number.parseInt(hex, 16);
    if (size === 0) break;
    yield* reader.exactly(size);
    if ((await inTime(reader.line(0))) !== '') throw new MalformedAnswer('a chunk is longer than its size');
  }
  parseFields(await inTime(readTrailer(reader)));
}

async function readTrailer(reader: ByteReader): Promise<string> {
  const lines: string[] = [];
  for (let left = maxTrailer; ;) {
    const line = await reader.line(left);
    if (line === '') return lines.join('\r\n');
    left -= line.length;
    lines.push(line);
  }
}
