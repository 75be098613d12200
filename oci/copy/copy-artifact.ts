import { type Digest, LandfallError } from '../../contract/index.ts';
import type { CopiedObject, MirrorItem } from '../mirror/mirror-options.ts';
import { mirrorSet } from '../mirror/mirror-set.ts';

export type CopyArtifactOptions = Pick<MirrorItem, 'from' | 'to' | 'digest' | 'platforms' | 'tag'> & {
  /** Requests at a time. Default 64. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: (object: CopiedObject) => void;
};

export type CopyResult = {
  readonly digest: Digest;
  readonly bytesCopied: number;
  readonly copied: number;
  /** Mounted from another repository, too. */
  readonly present: number;
};

/** One artifact with everything below it: a mirror set of one. */
export async function copyArtifact(options: CopyArtifactOptions): Promise<CopyResult> {
  const { concurrency, signal, onProgress, ...item } = options;
  const { items, totals } = await mirrorSet({
    items: [item],
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onObject: onProgress }),
  });
  const { bytesCopied, copied, mounted, present } = totals;
  const digest = items[0]?.digest;
  if (digest === undefined) throw new LandfallError('LF-OCI-000', 'A set of one came to nothing without an error');
  return { digest, bytesCopied, copied, present: present + mounted };
}
