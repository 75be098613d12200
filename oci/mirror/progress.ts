import { type Clock, elapsedMs } from '../../contract/index.ts';
import type { Descriptor } from '../manifest.ts';

/** How far a set is. Numbers only: safe for any log, report or page. */
export type MirrorProgress = {
  readonly items: { readonly done: number; readonly total: number };
  /** Distinct blobs per target repository, as far as manifests were read. */
  readonly blobs: { readonly done: number; readonly total: number };
  /** Of those blobs. What was there already counts as done. */
  readonly bytes: { readonly done: number; readonly total: number };
  /** The totals will not grow any more. */
  readonly known: boolean;
  /** Bytes that moved, over the last ten seconds. */
  readonly bytesPerSecond: number;
  /** Null until the totals are known and something moves. */
  readonly secondsLeft: number | null;
};

/** One blob under way. */
export type BlobProgress = {
  /** `end`: where in the blob these bytes end. Those that move once more, after a cut, bring it no further. */
  readonly moved: (bytes: number, end: number) => void;
  readonly done: () => void;
  /** It did not arrive: what was counted for it is taken back. */
  readonly failed: () => void;
};

export type ProgressCount = {
  readonly blob: (descriptor: Descriptor) => BlobProgress;
  /** The manifests of one more item are read. */
  readonly itemRead: () => void;
  readonly itemDone: () => void;
  readonly now: () => MirrorProgress;
};

const windowMs = 10_000;
const sampleMs = 250;

export function createProgressCount(
  clock: Clock,
  items: number,
  onProgress: ((progress: MirrorProgress) => void) | undefined,
): ProgressCount {
  const count = { items: 0, read: 0, blobs: 0, blobsTotal: 0, bytes: 0, bytesTotal: 0, moved: 0 };
  const samples = [{ at: elapsedMs(clock), moved: 0 }];

  const rate = (): number => {
    const at = elapsedMs(clock);
    const last = samples.at(-1);
    if (last !== undefined && at - last.at >= sampleMs) samples.push({ at, moved: count.moved });
    while (samples.length > 1 && at - (samples[0]?.at ?? at) > windowMs) samples.shift();
    const first = samples[0] ?? { at, moved: count.moved };
    return at === first.at ? 0 : Math.round(((count.moved - first.moved) / (at - first.at)) * 1000);
  };
  const now = (): MirrorProgress => {
    const known = count.read === items;
    const bytesPerSecond = rate();
    const left = count.bytesTotal - count.bytes;
    const seconds = bytesPerSecond === 0 ? null : Math.ceil(left / bytesPerSecond);
    return {
      items: { done: count.items, total: items },
      blobs: { done: count.blobs, total: count.blobsTotal },
      bytes: { done: count.bytes, total: count.bytesTotal },
      known,
      bytesPerSecond,
      secondsLeft: !known ? null : left === 0 ? 0 : seconds,
    };
  };
  const tell = (): void => onProgress?.(now());

  return {
    now,
    blob: ({ size }) => {
      let counted = 0;
      const upTo = (bytes: number): void => {
        count.bytes += Math.min(size, bytes) - counted;
        counted = Math.min(size, bytes);
      };
      count.blobsTotal++;
      count.bytesTotal += size;
      return {
        moved: (bytes, end) => {
          count.moved += bytes;
          upTo(Math.max(counted, end));
          tell();
        },
        done: () => {
          upTo(size);
          count.blobs++;
          tell();
        },
        failed: () => {
          upTo(0);
          count.blobsTotal--;
          count.bytesTotal -= size;
        },
      };
    },
    itemRead: () => {
      count.read++;
    },
    itemDone: () => {
      count.items++;
      tell();
    },
  };
}
