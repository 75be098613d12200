import { bringArtifact } from './bring-artifact.ts';
import { bringReferrers } from './bring-referrers.ts';
import type { MirroredItem, MirrorItem } from './mirror-options.ts';
import type { MirrorRun } from './run.ts';

/** One item to its end. `onRead`: all its manifests are read. */
export async function mirrorItem(run: MirrorRun, item: MirrorItem, onRead: () => void): Promise<MirroredItem> {
  const { from, to } = item;
  const digest = await bringArtifact(run, item, onRead);
  const referrers = item.referrers === true ? await bringReferrers(run, item, digest) : [];
  return { item, digest, source: `${from.name}@${digest}`, target: `${to.name}@${digest}`, referrers };
}
