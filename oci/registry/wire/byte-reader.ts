import { MalformedAnswer } from './parse-head.ts';

/** Bytes as they come. A piece is valid until the next is asked for. */
export type Bytes = { read(): Promise<Uint8Array | undefined> };

/** Lines and counted bytes out of pieces that end anywhere. */
export class ByteReader {
  readonly #source: Bytes;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: Bytes) {
    this.#source = source;
  }

  /** Nothing was read that was not asked for. */
  get isEmpty(): boolean {
    return this.#rest.byteLength === 0;
  }

  /** Up to CR LF, without it, as latin1; at most `limit` bytes. */
  line(limit: number): Promise<string> {
    return this.#until('\r\n', limit);
  }

  /** Up to the first empty line, without it. */
  block(limit: number): Promise<string> {
    return this.#until('\r\n\r\n', limit);
  }

  /** Exactly `length` bytes, piece by piece. */
  async *exactly(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      const piece = this.isEmpty ? await this.#read() : this.#take();
      const taken = piece.subarray(0, left);
      this.#rest = piece.subarray(taken.byteLength);
      left -= taken.byteLength;
      yield taken;
    }
  }

  /** Everything until the other side ends. */
  async *toEnd(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#rest.byteLength > 0) yield this.#take();
    for (let piece = await this.#source.read(); piece !== undefined; piece = await this.#source.read()) yield piece;
  }

  async #until(mark: string, limit: number): Promise<string> {
    let text = '';
    for (;;) {
      const piece = this.isEmpty ? await this.#read() : this.#take();
      const before = text.length;
      // Only as much as could be wanted: what follows may be a body.
      const wanted = Math.min(piece.byteLength, limit + mark.length - before);
      text += Buffer.from(piece.buffer, piece.byteOffset, wanted).toString('latin1');
      const at = text.indexOf(mark, Math.max(0, before - mark.length));
      if (at >= 0) {
        this.#rest = piece.subarray(at + mark.length - before);
        return text.slice(0, at);
      }
      if (text.length >= limit + mark.length)
        throw new MalformedAnswer(`a line or header is longer than ${limit} bytes`);
    }
  }

  #take(): Uint8Array {
    const rest = this.#rest;
    this.#rest = rest.subarray(rest.byteLength);
    return rest;
  }

  async #read(): Promise<Uint8Array> {
    const piece = await this.#source.read();
    if (piece !== undefined) return piece;
    throw new Error('the other side closed the connection');
  }
}
