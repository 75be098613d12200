import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { LandfallError } from '../../contract/index.ts';
import { mayFollow, type Reach, reachOf } from './addresses.ts';

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export const systemLookup: Lookup = async (hostname) =>
  (await lookup(hostname, { all: true })).map((each) => each.address);

export type RedirectRules = {
  /** Throws LF-OCI-007 unless `target` may be followed from this registry. `why` says what pointed there. */
  check(target: URL, why: string): Promise<void>;
};

/**
 * What a registry may point us to (redirect, upload location, token realm): https, or http where the registry itself is
 * plain; no address further inside the network than its own.
 */
export function createRedirectRules(registry: URL, lookup: Lookup): RedirectRules {
  let own: Promise<readonly Reach[]> | undefined;
  return {
    check: async (target, why) => {
      const refuse = (reason: string): LandfallError =>
        new LandfallError('LF-OCI-007', `${registry.host} pointed to ${target.host} (${why}): ${reason}`);
      if (target.origin === registry.origin) return;
      const plain = target.protocol === 'http:' && registry.protocol === 'http:';
      if (target.protocol !== 'https:' && !plain) throw refuse(`${target.protocol} is not followed`);
      if (target.username !== '' || target.password !== '') throw refuse('it holds credentials');
      own ??= reaches(registry.hostname, lookup).catch(() => []);
      const theirs = await reaches(target.hostname, lookup);
      if (!mayFollow(await own, theirs)) throw refuse(`its address is ${theirs.find((reach) => reach !== 'public')}`);
    },
  };
}

async function reaches(hostname: string, lookup: Lookup): Promise<readonly Reach[]> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return [reachOf(bare)];
  try {
    return (await lookup(bare)).map(reachOf);
  } catch (cause) {
    throw new LandfallError('LF-OCI-002', `The name ${bare} could not be resolved`, { cause, temporary: true });
  }
}
