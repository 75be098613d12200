/** Above this a cut loses a small part of a blob (1.02 and 1.11 of 256 MB were fetched, in two runs), and copying all of it, a tenth of its time, costs more. */
const largestKept = 128 * 1024 * 1024;
/** What lies between here and a registry, in the buffers of both kernels, when an upload is cut: 5 to 6 MB were measured. */
const mostKept = 8 * 1024 * 1024;
/** What is kept of all uploads to one registry, in bytes, and the most of it. */
export type Keeping = { bytes: number; readonly most: number };

/** The last bytes of a stream, copied: as many as fit. */
export class KeptBytes {
  readonly #ring: Uint8Array;
  readonly #keeping: Keeping | undefined;
  #end = 0;

  /** Undefined where it is not worth it, or enough is kept of others. Whoever is done with it calls `release`. */
  static of(size: number, keeping: Keeping): KeptBytes | undefined {
    const bytes = Math.min(size, mostKept);
    if (size > largestKept || keeping.bytes + bytes > keeping.most) return undefined;
    keeping.bytes += bytes;
    return new KeptBytes(bytes, keeping);
  }

  constructor(bytes: number, keeping?: Keeping) {
    this.#ring = Buffer.allocUnsafeSlow(bytes);
    this.#keeping = keeping;
  }

  /** Others may keep as much now. */
  release(): void {
    if (this.#keeping !== undefined) this.#keeping.bytes -= this.#ring.byteLength;
  }

  /** From this byte of the stream on all is kept. */
  get start(): number {
    return Math.max(0, this.#end - this.#ring.byteLength);
  }

  clear(): void {
    this.#end = 0;
  }

  /** What comes next in the stream. */
  add(piece: Uint8Array): void {
    const size = this.#ring.byteLength;
    const last = piece.subarray(Math.max(0, piece.byteLength - size));
    this.#end += piece.byteLength;
    const at = (this.#end - last.byteLength) % size;
    const first = last.subarray(0, size - at);
    this.#ring.set(first, at);
    this.#ring.set(last.subarray(first.byteLength), 0);
  }

  /** From a byte that is kept to the last, where they lie: gone when more is added. */
  *from(at: number): Generator<Uint8Array, void, undefined> {
    const size = this.#ring.byteLength;
    for (let next = at; next < this.#end;) {
      const place = next % size;
      const piece = this.#ring.subarray(place, Math.min(size, place + this.#end - next));
      next += piece.byteLength;
      yield piece;
    }
  }
}
