import type { Digest } from '../../contract/index.ts';
import { bringReferrers } from '../mirror/bring-referrers.ts';
import { startRun } from '../mirror/run.ts';
import type { RegistryStore } from './content-store.ts';

export type CopyReferrersOptions = {
  from: RegistryStore;
  to: RegistryStore;
  /** The manifest that is referred to; it is in the target already. */
  subject: Digest;
  signal?: AbortSignal;
};

/** What refers to a manifest, without the manifest itself. Returns the digests that are in the target now. */
export async function copyReferrers({ from, to, subject, signal }: CopyReferrersOptions): Promise<Digest[]> {
  const run = startRun({ items: [], ...(signal === undefined ? {} : { signal }) }, () => undefined);
  return bringReferrers(run, { from, to }, subject);
}
