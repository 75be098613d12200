import { describeError, LandfallError } from '../../contract/index.ts';
import { type MirrorItem, mirrorSet, type MirrorOptions } from '../../oci/index.ts';
import { platformName } from './transfer-options.ts';
import { showProgress } from './show-progress.ts';
import type { Stores } from './stores.ts';
import { untilInterrupted } from './until-interrupted.ts';

export type CopyWish = {
  readonly source: string;
  readonly destination: string;
  readonly platforms?: readonly string[] | undefined;
  readonly referrers: boolean;
};

export type MirrorReport = {
  results: {
    source: string;
    /** By digest. */
    destination: string;
    referrers: readonly string[];
  }[];
  failed: {
    source: string;
    destination: string;
    code: string;
    message: string;
    /** The same command may succeed later. */
    temporary: boolean;
  }[];
  copied: number;
  mounted: number;
  present: number;
  bytesCopied: number;
};

/** Wishes as one set, told as it goes. */
export async function runMirror(
  stores: Stores,
  wishes: readonly CopyWish[],
  options: Pick<MirrorOptions, 'bytesPerSecond' | 'concurrency' | 'keepGoing' | 'prepare'> & { json: boolean },
): Promise<MirrorReport> {
  const { json, ...limits } = options;
  const items: MirrorItem[] = [];
  for (const wish of wishes) items.push(await itemOf(stores, wish));
  const wishOf = new Map(items.map((item, at) => [item, wishes[at]]));
  const view = showProgress(json);
  try {
    const {
      items: mirrored,
      failed,
      totals,
    } = await untilInterrupted((signal) =>
      mirrorSet({
        ...limits,
        items,
        signal,
        onProgress: view.onProgress,
        onItem: ({ source, target }) => view.item(source, target),
      }),
    );
    await stores.finish();
    return {
      results: mirrored.map(({ item, target, referrers }) => ({
        source: wishOf.get(item)?.source ?? item.from.name,
        destination: target,
        referrers,
      })),
      failed: failed.map(({ item, error }) => ({
        source: wishOf.get(item)?.source ?? item.from.name,
        destination: item.to.name,
        code: error instanceof LandfallError ? error.code : 'LF-OCI-000',
        message: describeError(error),
        temporary: error instanceof LandfallError && error.temporary,
      })),
      ...totals,
    };
  } finally {
    view.end();
  }
}

async function itemOf(stores: Stores, { source, destination, platforms, referrers }: CopyWish): Promise<MirrorItem> {
  const from = await stores.source(source);
  const to = await stores.target(destination);
  return {
    from: from.store,
    digest: from.wanted,
    to: to.store,
    tag: to.tag ?? true,
    referrers,
    ...(platforms === undefined ? {} : { platforms: platforms.map(platformName) }),
  };
}

export function totalsLine({
  copied,
  mounted,
  present,
  bytesCopied,
}: Omit<MirrorReport, 'results' | 'failed'>): string {
  return `copied ${copied} (${bytesCopied} bytes), mounted ${mounted}, there already ${present}`;
}
