import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../contract/index.ts';
import type { ContentTarget } from '../copy/content-store.ts';
import type { CopyOutcome } from '../copy/copy-blob.ts';
import type { Descriptor } from '../manifest.ts';
import { type BlobTransfers, createBlobTransfers } from './blob-transfers.ts';
import type { CopiedObject, MirrorOptions } from './mirror-options.ts';
import { createHoldings, type Holdings } from './holdings.ts';
import { createOnce, type Once } from './once.ts';
import { createProgressCount, type ProgressCount } from './progress.ts';
import { createRateLimit } from './rate-limit.ts';
import { createSlots, type Slots } from './slots.ts';
import { createTagListings, type TagListings } from './tag-listings.ts';

/** What a subtree came to. */
export type Brought = {
  /** Images of wanted platforms in it; attestations do not count. */
  readonly images: number;
  /** Nothing of it was left out. */
  readonly whole: boolean;
};

/** What one run of the engine knows and shares between its items. */
export type MirrorRun = {
  readonly call: { readonly signal: AbortSignal };
  readonly concurrency: number;
  /** Every request that is not inside a blob's transfer. */
  readonly small: Slots;
  readonly blob: BlobTransfers;
  readonly manifests: Once<Brought>;
  readonly roots: Once<void>;
  readonly holdings: Holdings;
  readonly targetTags: TagListings;
  readonly sourceTags: TagListings;
  readonly progress: ProgressCount;
  readonly prepare: (to: ContentTarget) => Promise<void>;
  readonly onManifest: (descriptor: Pick<Descriptor, 'digest' | 'size'>, outcome: CopyOutcome) => void;
  /** Somewhere something failed: the rest is stopped, unless the run keeps going. */
  readonly failed: (error: unknown) => void;
  /** What the run was stopped by. */
  readonly firstFailure: () => unknown;
};

/** Requests under way at a time; large blobs among them. */
const defaultConcurrency = 64;
const defaultLargeBlobs = 8;

export function startRun(options: MirrorOptions, onObject: (object: CopiedObject) => void): MirrorRun {
  const clock: Clock = options.clock ?? systemClock;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // Each request under way listens for it.
  setMaxListeners(0, signal);
  const concurrency = options.concurrency ?? defaultConcurrency;
  const small = createSlots(concurrency, signal);
  const large = createSlots(options.largeBlobs ?? defaultLargeBlobs, signal);
  const progress = createProgressCount(clock, options.items.length, options.onProgress);
  const holdings = createHoldings(small, signal);
  const prepared = createOnce<void>();
  const prepare = (to: ContentTarget): Promise<void> => prepared(to.name, async () => options.prepare?.(to));
  const blob = createBlobTransfers({
    small,
    large,
    signal,
    progress,
    prepare,
    holdings,
    rate: options.bytesPerSecond === undefined ? undefined : createRateLimit(clock, options.bytesPerSecond, signal),
    onBlob: ({ digest, size }, outcome) => onObject({ kind: 'blob', digest, size, outcome }),
  });
  const tagged = options.items.filter((item) => item.tag !== undefined).map((item) => item.to);
  const referred = options.items.filter((item) => item.referrers === true).map((item) => item.from);
  return {
    call: { signal },
    concurrency,
    small,
    blob,
    manifests: createOnce(),
    roots: createOnce(),
    holdings,
    targetTags: createTagListings(tagged, small, signal),
    sourceTags: createTagListings(referred, small, signal),
    progress,
    prepare,
    onManifest: ({ digest, size }, outcome) => onObject({ kind: 'manifest', digest, size, outcome }),
    failed: (error) => {
      if (options.keepGoing !== true) stop.abort(error);
    },
    firstFailure: () => (stop.signal.aborted ? stop.signal.reason : undefined),
  };
}
