import { type Digest, LandfallError } from '../../contract/index.ts';
import { type Descriptor, parseManifest, type RawManifest } from '../manifest.ts';
import { isForeign } from '../media-types.ts';
import { hasStatus } from '../registry/failures.ts';
import type { ContentSource, ContentTarget } from './content-store.ts';
import { copyBlob, type CopyOutcome } from './copy-blob.ts';
import { immutableTag, putTag } from './immutable-tag.ts';
import { type PlatformName, wantsPlatform } from './platform.ts';

export type CopyProgress = {
  readonly kind: 'blob' | 'manifest';
  readonly digest: Digest;
  readonly size: number;
  readonly outcome: CopyOutcome;
};

export type CopyArtifactOptions = {
  from: ContentSource;
  to: ContentTarget;
  /** What to copy. A tag is resolved once, at the source; whoever has a pinned release passes its digest. */
  digest: string;
  /** Only these of an index. Default: all. */
  platforms?: readonly PlatformName[];
  /** `true`: the tag `lf-<digest>`, by which garbage collection and people find the root. A text: that tag, too. */
  tag?: true | string;
  /** Blobs at a time. Default 4. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: (progress: CopyProgress) => void;
};

export type CopyResult = {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly bytesCopied: number;
  readonly copied: number;
  readonly present: number;
};

/**
 * Copies a manifest and everything below it, byte for byte: blobs first, then child manifests, the root last, its tag at the
 * very end. So a manifest in the target means that all of it is there, and a copy that was cut goes on where it stopped.
 */
export async function copyArtifact(options: CopyArtifactOptions): Promise<CopyResult> {
  const { from, to, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const totals = { bytesCopied: 0, copied: 0, present: 0 };
  const tell = (progress: CopyProgress): void => {
    if (progress.outcome === 'copied') {
      totals.copied++;
      totals.bytesCopied += progress.size;
    } else totals.present++;
    options.onProgress?.(progress);
  };
  const walk: Walk = { options, call, tell, done: new Set() };
  const root = await from.getManifest(options.digest, call);
  await copyManifest(walk, root);
  if (options.tag !== undefined) {
    await putTag(to, root, immutableTag(root.digest), call);
    if (options.tag !== true) await putTag(to, root, options.tag, call);
  }
  return { digest: root.digest, mediaType: root.mediaType, size: root.bytes.byteLength, ...totals };
}

type Walk = {
  readonly options: CopyArtifactOptions;
  readonly call: { readonly signal?: AbortSignal };
  readonly tell: (progress: CopyProgress) => void;
  readonly done: Set<Digest>;
};

async function copyManifest(walk: Walk, raw: RawManifest): Promise<void> {
  const { options, call, tell } = walk;
  const size = raw.bytes.byteLength;
  const parsed = parseManifest(raw);
  const present = (await options.to.resolve(raw.digest, call)) === raw.digest;
  // An index may be there with fewer platforms than are wanted now, so its children are looked at each time.
  if (present && parsed.kind === 'manifest') {
    tell({ kind: 'manifest', digest: raw.digest, size, outcome: 'present' });
    return;
  }
  if (parsed.kind === 'manifest') {
    await copyBlobs(walk, [parsed.manifest.config, ...parsed.manifest.layers]);
    await options.to.putManifest(raw, call);
  } else {
    const children = parsed.index.manifests;
    const wanted = children.filter((child) => wantsPlatform(child.platform, options.platforms));
    if (wanted.length === 0 && children.length > 0) {
      const names = (options.platforms ?? []).join(', ');
      throw new LandfallError('LF-OCI-004', `${options.from.name}@${raw.digest} has nothing for ${names}`);
    }
    await copyChildren(walk, wanted);
    if (!present)
      await putIndex(
        walk,
        raw,
        children.length === wanted.length ? [] : children.filter((each) => !wanted.includes(each)),
      );
  }
  tell({ kind: 'manifest', digest: raw.digest, size, outcome: present ? 'present' : 'copied' });
}

/** Some registries refuse an index whose children are not all there; then the others come along after all. */
async function putIndex(walk: Walk, raw: RawManifest, left: readonly Descriptor[]): Promise<void> {
  try {
    await walk.options.to.putManifest(raw, walk.call);
  } catch (error) {
    if (left.length === 0 || !hasStatus(error, 400, 404)) throw error;
    await copyChildren(walk, left);
    await walk.options.to.putManifest(raw, walk.call);
  }
}

async function copyChildren(walk: Walk, children: readonly Descriptor[]): Promise<void> {
  for (const child of children) {
    const raw = await walk.options.from.getManifest(child.digest, walk.call);
    if (raw.digest !== child.digest || raw.bytes.byteLength !== child.size || raw.mediaType !== child.mediaType) {
      const message = `Manifest ${child.digest} of ${walk.options.from.name} is not what its index says`;
      throw new LandfallError('LF-OCI-005', message);
    }
    await copyManifest(walk, raw);
  }
}

async function copyBlobs(walk: Walk, descriptors: readonly Descriptor[]): Promise<void> {
  const { from, to, concurrency = 4 } = walk.options;
  const queue = descriptors.filter((each) => !isForeign(each.mediaType) && !walk.done.has(each.digest));
  for (const each of queue) walk.done.add(each.digest);
  const unique = [...new Map(queue.map((each) => [each.digest, each])).values()];
  const abort = new AbortController();
  const signal = walk.call.signal === undefined ? abort.signal : AbortSignal.any([walk.call.signal, abort.signal]);
  const worker = async (): Promise<void> => {
    for (let next = unique.shift(); next !== undefined; next = unique.shift()) {
      const outcome = await copyBlob(from, to, next, signal);
      walk.tell({ kind: 'blob', digest: next.digest, size: next.size, outcome });
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, unique.length) }, () =>
    worker().catch((error: unknown) => {
      abort.abort();
      throw error;
    }),
  );
  try {
    await Promise.all(workers); // the first failure is the one that is told
  } finally {
    await Promise.allSettled(workers);
  }
}
