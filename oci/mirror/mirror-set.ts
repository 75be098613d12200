import { mirrorItem } from './mirror-item.ts';
import type { CopiedObject, MirroredItem, MirrorItem, MirrorOptions, MirrorResult } from './mirror-options.ts';
import { onlyOnce } from './once.ts';
import { startRun } from './run.ts';
import { createSlots, together } from './slots.ts';

/** Items whose manifests are read ahead, for each request that may be under way. */
const itemsPerRequest = 4;

/**
 * Brings a set of artifacts into their targets, byte for byte, and says where each is now.
 *
 * For each target the order is always whole: blobs, children, root, tag, referrers. A tag never leads to something incomplete, two runs may
 * meet, and one that was killed goes on without fetching again what had arrived. A pinned item whose tag `lf-<digest>` is there costs
 * nothing but its share of one listing.
 */
export async function mirrorSet(options: MirrorOptions): Promise<MirrorResult> {
  const totals = { copied: 0, mounted: 0, present: 0, bytesCopied: 0 };
  const run = startRun(options, (object: CopiedObject) => {
    totals[object.outcome]++;
    if (object.outcome === 'copied') totals.bytesCopied += object.size;
    options.onObject?.(object);
  });
  const inHand = createSlots(run.concurrency * itemsPerRequest, run.call.signal);
  const failed: { item: MirrorItem; error: unknown }[] = [];
  const bring = async (item: MirrorItem): Promise<MirroredItem | undefined> => {
    const read = onlyOnce(run.progress.itemRead);
    try {
      const mirrored = await inHand(() => mirrorItem(run, item, read));
      options.onItem?.(mirrored);
      return mirrored;
    } catch (error) {
      if (options.keepGoing !== true || options.signal?.aborted === true) throw error;
      failed.push({ item, error });
      return undefined;
    } finally {
      read();
      run.progress.itemDone();
    }
  };
  const items = await together(options.items.map(bring), run.failed).catch((error: unknown) => {
    // What was stopped because of it may have ended before it.
    throw run.firstFailure() ?? error;
  });
  return { items: items.filter((each) => each !== undefined), failed, totals };
}
