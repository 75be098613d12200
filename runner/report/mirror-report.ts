import type { MirrorReport } from '../../contract/index.ts';
import type { MirrorProgress } from '../../oci/index.ts';

/** Whole numbers, and nothing that is more than its total: what the contract takes. */
export function mirrorReport({ items, blobs, bytes, known, ...pace }: MirrorProgress): MirrorReport {
  return {
    items: doneOf(items),
    blobs: doneOf(blobs),
    bytes: doneOf(bytes),
    known,
    bytesPerSecond: whole(pace.bytesPerSecond),
    secondsLeft: pace.secondsLeft === null ? null : whole(pace.secondsLeft),
  };
}

type DoneOf = { readonly done: number; readonly total: number };

function doneOf({ done, total }: DoneOf): MirrorReport['bytes'] {
  return { done: Math.min(whole(done), whole(total)), total: whole(total) };
}

const whole = (value: number): number => (Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0);
