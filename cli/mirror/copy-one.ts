import { LandfallError } from '../../contract/index.ts';
import { copyArtifact, copyReferrers, type PlatformName } from '../../oci/index.ts';
import type { Output } from '../host/output.ts';
import type { Stores } from './stores.ts';

export type CopyWish = { source: string; destination: string; platforms?: readonly string[]; referrers: boolean };

export type CopyOutcome = {
  source: string;
  /** By digest. */
  destination: string;
  copied: number;
  present: number;
  bytesCopied: number;
  referrers: string[];
};

/** One artifact from one registry to another, told as it goes. */
export async function copyOne(stores: Stores, wish: CopyWish, output: Output): Promise<CopyOutcome> {
  const from = await stores.open(wish.source);
  const to = await stores.open(wish.destination);
  if (to.reference.digest !== undefined) {
    throw new LandfallError(
      'LF-CLI-010',
      `the destination "${wish.destination}" names a digest; give a repository or a tag`,
    );
  }
  const platforms = wish.platforms?.map(platformName);
  const result = await copyArtifact({
    from: from.store,
    to: to.store,
    digest: from.wanted,
    ...(platforms === undefined ? {} : { platforms }),
    ...(to.reference.tag === undefined ? {} : { tag: to.reference.tag }),
    onProgress: ({ kind, digest, size, outcome }) => output.progress(outcome, `${kind} ${digest} (${size} bytes)`),
  });
  const referrers = wish.referrers
    ? await copyReferrers({ from: from.store, to: to.store, subject: result.digest })
    : [];
  const { registry, repository } = to.reference;
  const { copied, present, bytesCopied } = result;
  return {
    source: wish.source,
    destination: `${registry}/${repository}@${result.digest}`,
    copied,
    present,
    bytesCopied,
    referrers,
  };
}

function platformName(text: string): PlatformName {
  const [os, ...rest] = text.split('/');
  if (os === undefined || os === '' || rest.length === 0 || rest.includes('')) {
    throw new LandfallError('LF-CLI-010', `"${text}" is not a platform; expected something like linux/amd64`);
  }
  return `${os}/${rest.join('/')}`;
}
