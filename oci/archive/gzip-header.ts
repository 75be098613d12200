/** zlib writes its operating system into byte 9 of the gzip header (RFC 1952); 255 is "unknown", and the same everywhere. */
export function withoutSystem(firstChunk: Uint8Array): Uint8Array {
  if (firstChunk.length > 9) firstChunk[9] = 0xff;
  return firstChunk;
}
