import type { Clock, Digest } from '../../contract/index.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import type { CopyOutcome } from '../copy/copy-blob.ts';
import type { PlatformName } from '../copy/platform.ts';
import type { MirrorProgress } from './progress.ts';

export type MirrorItem = {
  readonly from: ContentSource;
  /** What to bring. A tag is resolved at the source once per run; whoever has a pinned release gives its digest. */
  readonly digest: string;
  readonly to: ContentTarget;
  /** `true`: the tag `lf-<digest>`, by which people and garbage collection find the root. A text: that tag beside it. */
  readonly tag?: true | string;
  /** Only these of an index. Default: all. */
  readonly platforms?: readonly PlatformName[];
  /** Signatures, attestations and SBOMs of the root, too. */
  readonly referrers?: boolean;
};

export type MirrorOptions = {
  readonly items: readonly MirrorItem[];
  /** Called once per target repository, before the first write to it: makes the repository where a registry wants that. */
  readonly prepare?: (to: ContentTarget) => Promise<void>;
  /** Requests at a time, those of large blobs among them. Default 64. */
  readonly concurrency?: number;
  /** Blobs above 4 MiB at a time. Default 8. */
  readonly largeBlobs?: number;
  /** Bytes of blobs per second over all of them. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** After a failure the other items are still brought; the result tells which failed. Default: the first failure stops all. */
  readonly keepGoing?: boolean;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Called often, with each piece of a blob: the caller decides what to show. */
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Called with each blob and manifest that is in its target now. */
  readonly onObject?: (object: CopiedObject) => void;
  /** Called when an item, with its tag and referrers, is there. */
  readonly onItem?: (item: MirroredItem) => void;
};

export type CopiedObject = {
  readonly kind: 'blob' | 'manifest';
  readonly digest: Digest;
  /** 0 for a root that was not read, because its immutable tag is there. */
  readonly size: number;
  readonly outcome: CopyOutcome;
};

export type MirroredItem = {
  readonly item: MirrorItem;
  readonly digest: Digest;
  /** `registry/repository@digest`, where it was and where it is now. */
  readonly source: string;
  readonly target: string;
  /** What refers to it and is in the target now. */
  readonly referrers: readonly Digest[];
};

export type MirrorResult = {
  /** In the order that was asked for. */
  readonly items: readonly MirroredItem[];
  /** Only with `keepGoing`. */
  readonly failed: readonly { readonly item: MirrorItem; readonly error: unknown }[];
  /** Blobs and manifests. */
  readonly totals: {
    readonly copied: number;
    readonly mounted: number;
    readonly present: number;
    readonly bytesCopied: number;
  };
};
