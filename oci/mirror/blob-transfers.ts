import type { Digest } from '../../contract/index.ts';
import { type ContentSource, type ContentTarget, isRegistryStore, type RegistryStore } from '../copy/content-store.ts';
import { copyBlob, type CopyOutcome } from '../copy/copy-blob.ts';
import type { Descriptor } from '../manifest.ts';
import type { Holdings } from './holdings.ts';
import { createOnce } from './once.ts';
import type { ProgressCount } from './progress.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Slots } from './slots.ts';

/** Sees to it that a blob is in a repository; resolves when it is. */
export type BlobTransfers = (from: ContentSource, to: ContentTarget, descriptor: Descriptor) => Promise<void>;

export type BlobTransferOptions = {
  small: Slots;
  large: Slots;
  signal: AbortSignal;
  progress: ProgressCount;
  rate: RateLimit | undefined;
  holdings: Holdings;
  /** Before the first write to a repository. */
  readonly prepare: (to: ContentTarget) => Promise<void>;
  readonly onBlob: (descriptor: Descriptor, outcome: CopyOutcome) => void;
};

/** Above this a blob counts as large: a few of them fill any line, each holds its connections for long, and looking for one elsewhere pays. */
const largeBytes = 4 * 1024 * 1024;

/**
 * A blob is asked for once per repository and fetched once per registry: other repositories of the same registry wait for the first to have it
 * and mount it from there. Where the registry refuses the mount, it is fetched again.
 */
export function createBlobTransfers(options: BlobTransferOptions): BlobTransfers {
  const { small, large, signal, progress, rate } = options;
  const once = createOnce<void>();
  /** Per registry and digest: the repository that has it first, undefined when it came to nothing. */
  const holders = new WeakMap<object, Map<Digest, Promise<RegistryStore | undefined>>>();

  const transfer = async (
    from: ContentSource,
    to: ContentTarget,
    descriptor: Descriptor,
    mountFrom: RegistryStore | undefined,
  ): Promise<void> => {
    const part = progress.blob(descriptor);
    const onBytes = (bytes: number, end: number): Promise<void> | undefined => {
      part.moved(bytes, end);
      return rate?.(bytes);
    };
    const copy = (): Promise<CopyOutcome> =>
      small(async () => {
        await options.prepare(to);
        return copyBlob(from, to, descriptor, { signal, onBytes, ...(mountFrom === undefined ? {} : { mountFrom }) });
      });
    try {
      const outcome = await (descriptor.size > largeBytes ? large(copy) : copy());
      part.done();
      options.onBlob(descriptor, outcome);
    } catch (error) {
      part.failed();
      throw error;
    }
  };

  const arrive = async (from: ContentSource, to: RegistryStore, descriptor: Descriptor): Promise<void> => {
    const held = holders.get(to.client) ?? new Map<Digest, Promise<RegistryStore | undefined>>();
    holders.set(to.client, held);
    for (;;) {
      const first = held.get(descriptor.digest);
      if (first === undefined) break;
      const holder = await first;
      if (holder !== undefined) return transfer(from, to, descriptor, holder);
      if (held.get(descriptor.digest) === first) held.delete(descriptor.digest);
    }
    const find =
      descriptor.size > largeBytes ? options.holdings.find(to, descriptor.digest) : Promise.resolve(undefined);
    const arrived = find.then((holder) => transfer(from, to, descriptor, holder));
    const holder = arrived.then(
      () => to,
      () => undefined,
    );
    held.set(descriptor.digest, holder);
    return arrived;
  };

  return (from, to, descriptor) =>
    once(`${to.name} ${descriptor.digest}`, () =>
      isRegistryStore(to) ? arrive(from, to, descriptor) : transfer(from, to, descriptor, undefined),
    );
}
