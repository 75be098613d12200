import { gzipSync } from 'node:zlib';

/** A packed archive of one file whose size field is in base 256 and says no number of bytes: tar-stream 3.2.2 waits for its end for ever. */
export function archiveWithoutSize(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header[124] = 0x81;
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(Buffer.concat([header, Buffer.alloc(1024)]));
}
