import { type Clock, elapsedMs, LandfallError } from '../../contract/index.ts';

/** Bytes per second: slower than any line that is worth waiting for, even with all 64 transfers of a mirror side by side. */
const floor = 4 * 1024;
/** What may be waited beyond that. Bytes earn it back, never more of it: what was fast before does not bear a drip now. */
const patienceMs = 60_000;
/** So little takes less than the silence that ends a connection, at that pace. */
const partBytes = 128 * 1024;
/** Where a part takes less than this, the next is twice as large: each is a call into the kernel, and small ones cost a seventh of all. */
const quickMs = 500;
const mostPartBytes = 2 * 1024 * 1024;

/** How long one connection has let us wait for bytes. What our own side takes in between (a rate limit, a full target) is not counted. */
export type Pace = {
  /** From here on the other side is waited for. */
  waits(): void;
  /** They came, or were taken: after so many milliseconds. Throws LF-OCI-042, temporary, when it took too long. */
  moved(bytes: number): number;
};

/** `host` and `did` begin the message: `registry.example gave less`. */
export function createPace(clock: Clock, host: string, did: 'gave' | 'took', what: string): Pace {
  let patience = patienceMs;
  let since = elapsedMs(clock);
  return {
    waits: () => {
      since = elapsedMs(clock);
    },
    moved: (bytes) => {
      const took = elapsedMs(clock) - since;
      patience -= took;
      if (patience <= 0) {
        const message = `${host} ${did} less than ${floor / 1024} KiB/s for a minute while ${what}`;
        throw new LandfallError('LF-OCI-042', message, { temporary: true });
      }
      patience = Math.min(patienceMs, patience + (bytes / floor) * 1000);
      return took;
    },
  };
}

/** What comes in. A piece is gone when the next is asked for, if it is so with the source's. */
export async function* pacedIn(
  body: AsyncIterable<Uint8Array>,
  pace: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  pace.waits();
  for await (const piece of body) {
    pace.moved(piece.byteLength);
    yield piece;
    pace.waits();
  }
}

/** What goes out, in parts that are small enough: whoever takes one is done with it before it asks for the next. */
export async function* pacedOut(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  pace: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  let most = partBytes;
  for await (const piece of body) {
    for (let rest = piece; rest.byteLength > 0;) {
      const part = rest.subarray(0, most);
      rest = rest.subarray(part.byteLength);
      pace.waits();
      yield part;
      const took = pace.moved(part.byteLength);
      most = took < quickMs ? Math.min(mostPartBytes, most * 2) : partBytes;
    }
  }
}

/** A body that goes out in one write, and so within one silence. */
export function isOnePart(body: Uint8Array): boolean {
  return body.byteLength <= partBytes;
}
