import { HashTrail, type Part, passedOver, readAgain } from '../hash-trail.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import type { KeptBytes } from './kept-bytes.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** Opens the stream from its beginning. A piece is done with before the next is asked for. */
export type OpenBlob = {
  /** `trail` is told how the hash stands by whoever verifies the bytes where they come from. */
  (trail?: HashTrail): Bytes | Promise<Bytes>;
  /** A part that was given already, once more and compared with the trail. Absent: it is read from the beginning, and passed over. */
  readonly again?: (part: Part, trail: HashTrail) => Bytes;
};

export type BlobBody = Uint8Array | OpenBlob;

/**
 * The bytes of an upload, which can go back to where the registry stands. The source is read once: it waits while an upload is broken,
 * its last piece, or as much as `KeptBytes` holds, stays at hand, and only what is lost beyond that between here and the registry is read
 * again, and compared with what it was.
 */
export class UploadBody {
  readonly #source: OpenBlob;
  readonly #content: Content;
  readonly #pieces: (source: Bytes) => Bytes;
  readonly #kept: KeptBytes | undefined;
  #trail: HashTrail | undefined;
  #live: AsyncIterator<Uint8Array> | undefined;
  #broken = false;
  /** The last piece, and where in the blob it is. */
  #piece: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;

  /** `verified`: by the source. `pieces`: how they are cut, for whoever needs them so. `kept`: takes in what was given. */
  constructor(
    body: BlobBody,
    content: Content,
    verified: boolean,
    {
      pieces = (all) => all,
      kept,
    }: { pieces?: ((source: Bytes) => Bytes) | undefined; kept?: KeptBytes | undefined } = {},
  ) {
    this.#kept = kept;
    this.#source = body instanceof Uint8Array ? () => onePiece(body) : body;
    this.#content = content;
    this.#pieces = pieces;
    if (!verified) this.#source = verifying(this.#source, content);
  }

  /** How far the registry can have come, at most. 0 where it cannot be gone on with: the source broke, or has left no trail. */
  get given(): number {
    const compared = this.#trail !== undefined && this.#trail.at >= this.#end;
    return compared && !this.#broken ? this.#end : 0;
  }

  /** From byte 0 the source is opened anew; from any other, up to `given`, it goes on. */
  async *from(at: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (at === 0) await this.#open();
    const start = this.#kept?.start ?? this.#start;
    if (at < start && this.#trail !== undefined) yield* this.#again({ from: at, to: start }, this.#trail);
    if (this.#kept !== undefined) yield* this.#kept.from(Math.max(at, start));
    else if (at < this.#end) yield this.#piece.subarray(Math.max(0, at - start));
    // Set while it is waited for: what fails cannot be gone on with.
    for (this.#broken = true; ; this.#broken = true) {
      const next = await this.#live?.next();
      this.#broken = false;
      if (next === undefined || next.done === true) return;
      this.#piece = next.value;
      this.#start = this.#end;
      this.#end += next.value.byteLength;
      this.#kept?.add(next.value);
      yield next.value;
    }
  }

  /** Lets the source go. Can be read again, from byte 0. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    [this.#start, this.#end] = [0, 0];
    this.#kept?.clear();
    await live?.return?.().catch(() => undefined);
  }

  async #open(): Promise<void> {
    await this.close();
    this.#trail = new HashTrail();
    this.#broken = false;
    this.#live = this.#pieces(await this.#source(this.#trail))[Symbol.asyncIterator]();
  }

  #again(part: Part, trail: HashTrail): Bytes {
    const { again } = this.#source;
    if (again !== undefined) return again(part, trail);
    const open = ({ from }: Part): Bytes => passedOver(this.#source(), from);
    return readAgain(trail, part, open, `Blob ${this.#content.digest}`);
  }
}

function verifying(source: OpenBlob, content: Content): OpenBlob {
  return async (trail) => verifyStream(await source(), content, `Blob ${content.digest}`, trail);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
