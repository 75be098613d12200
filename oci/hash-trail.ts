import { createHash, type Hash } from 'node:crypto';
import { LandfallError } from '../contract/index.ts';

/** So far apart are the copies of the hash (1 µs each): the most that a part is read longer than asked, at either end. */
const spacing = 512 * 1024;
const mostStates = 128;

type State = { readonly at: number; readonly hash: Hash };

const beginning = (): State => ({ at: 0, hash: createHash('sha256') });

/** Bytes `from` to before `to` of a stream that has been there already. */
export type Part = { readonly from: number; readonly to: number };

/**
 * How the hash of one stream stood on its way: at byte 0, at places of its last 64 MiB, and now. A part of it that is read once more is
 * compared with what it was the first time, without the rest.
 */
export class HashTrail {
  #states: State[] = [];
  #now: State | undefined;

  /** Bytes so far. */
  get at(): number {
    return this.#now?.at ?? 0;
  }

  /** The hash of a stream that has taken in `at` bytes by now, always the same one. It is never made into a digest, copies of it are. */
  note(at: number, hash: Hash): void {
    this.#now = { at, hash };
    if (at - (this.#states.at(-1)?.at ?? 0) < spacing) return;
    this.#states.push({ at, hash: hash.copy() });
    if (this.#states.length > mostStates) this.#states.shift();
  }

  /** The last state before a part and the first after it. Far back the only state is that at byte 0. */
  around({ from, to }: Part): { before: State; after: State } {
    const before = this.#states.findLast(({ at }) => at <= from) ?? beginning();
    const after = this.#states.find(({ at }) => at >= to) ?? this.#now ?? beginning();
    return { before, after };
  }
}

/**
 * A part once more, compared with the trail before its last piece is handed on: LF-OCI-005 when it is not what it was. `open` is
 * asked for a little more, up to the states around it.
 */
export async function* readAgain(
  trail: HashTrail,
  { from, to }: Part,
  open: (wider: Part) => AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { before, after } = trail.around({ from, to });
  const hash = before.hash.copy();
  const expected = after.hash.copy().digest('hex');
  let at = before.at;
  if (at === after.at) return;
  for await (const piece of open({ from: before.at, to: after.at })) {
    const bytes = piece.subarray(0, after.at - at);
    hash.update(bytes);
    const wanted = bytes.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += bytes.byteLength;
    if (at === after.at && hash.digest('hex') !== expected) {
      throw new LandfallError(
        'LF-OCI-005',
        `${what} is not what it was when bytes ${from} to ${to} of it were read first`,
      );
    }
    if (wanted.byteLength > 0) yield wanted;
    if (at === after.at) return;
  }
  throw new LandfallError('LF-OCI-005', `${what} ended after ${at} bytes, before ${after.at}, when it was read again`, {
    temporary: true,
  });
}

/** What follows the first `count` bytes. */
export async function* passedOver(
  source: AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const piece of await source) {
    const rest = piece.subarray(Math.min(left, piece.byteLength));
    left -= piece.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}
