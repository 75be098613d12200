import type { MirrorProgress } from '../mirror/progress.ts';

/** Roots that are written one after the other, told as one set: what is behind and the one in hand. Nobody knows what is left before the last. */
export function progressOver(
  total: number,
  onProgress: ((progress: MirrorProgress) => void) | undefined,
): { of: (progress: MirrorProgress) => void; next: () => void } {
  const behind = { items: 0, blobs: 0, bytes: 0 };
  let last: MirrorProgress | undefined;
  return {
    of: (progress) => {
      last = progress;
      const isLast = behind.items === total - 1;
      onProgress?.({
        ...progress,
        items: { done: behind.items + progress.items.done, total },
        blobs: { done: behind.blobs + progress.blobs.done, total: behind.blobs + progress.blobs.total },
        bytes: { done: behind.bytes + progress.bytes.done, total: behind.bytes + progress.bytes.total },
        known: isLast && progress.known,
        secondsLeft: isLast ? progress.secondsLeft : null,
      });
    },
    next: () => {
      behind.items += 1;
      behind.blobs += last?.blobs.done ?? 0;
      behind.bytes += last?.bytes.done ?? 0;
      last = undefined;
    },
  };
}
