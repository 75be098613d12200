import { LandfallError } from '../../contract/index.ts';

/** One entry's header: 512 bytes of POSIX ustar, with GNU's binary numbers for what is above 8 GiB. */
export type TarHeader = {
  readonly name: string;
  readonly size: number;
  /** `0` and NUL: a file; `5`: a folder; `x`, `g`: pax records for the next, for all; `L`: GNU's long name of the next. */
  readonly type: string;
};

export const blockBytes = 512;
const largestOctal = 8 ** 11 - 1;

/** The same content gives the same bytes: no time, no owner. Names have at most 100 bytes. */
export function tarHeader({ name, size }: { name: string; size: number }): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size <= largestOctal) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write('00000000000\0', 136);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Null: two of these, all zero, end an archive. LF-OCI-033 when it is no header. */
export function parseTarHeader(block: Buffer, what: string): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  const stated = octal(block, 148, 8);
  if (stated === undefined || stated !== checksum(block))
    throw refuse(what, 'a header is damaged, or it is not a plain tar');
  const size = numberAt(block, 124, 12);
  if (size === undefined) throw refuse(what, 'the size of an entry is not a number');
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0 ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type: String.fromCharCode(block[156] ?? 0) };
}

/** What pax says of the next entry: `<length> <key>=<value>\n`, as often as it likes. */
export function parsePax(bytes: Buffer, what: string): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const stated = space === -1 ? '' : bytes.toString('latin1', at, space);
    const end = at + (/^[1-9]\d{0,8}$/.test(stated) ? Number(stated) : 0);
    const equals = bytes.indexOf(0x3d, space + 1);
    // Hence `end` is behind `at`: a record that had no length would be read for ever.
    if (space === -1 || equals === -1 || equals > end - 2 || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw refuse(what, 'a pax header cannot be read');
    }
    const key = bytes.toString('utf8', space + 1, equals);
    const value = bytes.toString('utf8', equals + 1, end - 1);
    if (key === 'path') found.path = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw refuse(what, 'the size of an entry is not a number');
      found.size = Number(value);
    }
    at = end;
  }
  return found;
}

/** Zeros up to the next whole block. */
export function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

export function refuse(what: string, why: string, cause?: unknown): LandfallError {
  return new LandfallError('LF-OCI-033', `${what} cannot be used: ${why}`, { cause });
}

/** Of all bytes, with spaces where the checksum itself stands. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
}

function textAt(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end === -1 || end > at + length ? at + length : end);
}

function octal(block: Buffer, at: number, length: number): number | undefined {
  const text = textAt(block, at, length).trim();
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function numberAt(block: Buffer, at: number, length: number): number | undefined {
  if (block[at] !== 0x80) return octal(block, at, length);
  const number = block.readBigUInt64BE(at + length - 8);
  const small = block.subarray(at + 1, at + length - 8).every((byte) => byte === 0);
  return small && number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : undefined;
}
