import type { Descriptor } from '../manifest.ts';
import type { ContentSource, ContentTarget } from './content-store.ts';

export type CopyOutcome = 'copied' | 'present' | 'mounted';

/** One blob, if it is not there yet. A retry of the upload opens the source again. */
export async function copyBlob(
  from: ContentSource,
  to: ContentTarget,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  if (await to.hasBlob(descriptor, { signal })) return 'present';
  if ((await to.takeBlob?.(descriptor, from, { signal })) === true) return 'mounted';
  await to.putBlob(descriptor, () => from.openBlob(descriptor, { signal }), { signal });
  return 'copied';
}
