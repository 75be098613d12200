import { ftruncateSync, writeSync } from 'node:fs';

/** As `fs.writeSync`; a test's may fail as a full disk does. */
export type WriteBytes = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;

/** Appends a whole line to a file of `size` bytes, or nothing: what a full disk has cut short is taken back. Returns the line's bytes. */
export function appendLine(fd: number, size: number, line: string, write: WriteBytes = writeSync): number {
  const bytes = Buffer.from(`${line}\n`);
  try {
    for (let done = 0; done < bytes.byteLength;) {
      done += write(fd, bytes, done, bytes.byteLength - done, size + done);
    }
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
  return bytes.byteLength;
}
