import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
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

/**
 * The lookup of the connection itself: a name that led outside when a redirect was checked, and leads inside a moment later (DNS
 * rebinding), is refused here, since these are the addresses that are connected to.
 */
export function guardedLookup(registry: URL, lookup: Lookup): LookupFunction {
  let own: Promise<readonly Reach[]> | undefined;
  const resolve = async (hostname: string): Promise<readonly string[]> => {
    const addresses = await lookup(hostname);
    if (hostname === registry.hostname) return addresses;
    own ??= reaches(registry.hostname, lookup).catch(() => []);
    if (mayFollow(await own, addresses.map(reachOf))) return addresses;
    throw new LandfallError(
      'LF-OCI-007',
      `${registry.host} pointed to ${hostname}, which leads inside the network now`,
    );
  };
  return (hostname, options, callback) => {
    callbackify(resolve)(hostname, (error: Error | null, addresses) => {
      const found = (addresses ?? []).map((address) => ({ address, family: isIP(address) }));
      const [first] = found;
      if (error !== null) callback(error, '');
      else if (first === undefined) callback(new Error(`${hostname} has no address`), '');
      else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
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
