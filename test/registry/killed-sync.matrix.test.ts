import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../contract/index.ts';
import { createRegistryClient, mirrorSet, type MirrorResult, registryStore } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from './fault-registry.ts';
import { plantImage, plantIndex } from './plant.ts';
import { incomplete, missing, weight } from './whole.ts';

const repositories = ['shop/gateway', 'shop/worker', 'shop/charts'] as const;
const mirrored = (repository: string): string => repository.replace('shop/', 'mirror/');

let source: FaultRegistry;
let target: FaultRegistry;
/** What the sync is of: an index with two platforms and a signature, an image that shares a layer with it, an artifact. */
let roots: { repository: string; digest: Digest; referrers: boolean; also: readonly Digest[] }[];

beforeEach(async () => {
  [source, target] = [await startFaultRegistry(), await startFaultRegistry()];
  const { content } = source;
  const shared = randomBytes(3000);
  const platform = (architecture: string) => ({
    ...plantImage(content, 'shop/gateway', [shared, randomBytes(2000)], { config: Buffer.from(architecture) }),
    platform: { os: 'linux', architecture },
  });
  const index = plantIndex(content, 'shop/gateway', [platform('amd64'), platform('arm64')]);
  const signature = plantImage(content, 'shop/gateway', [randomBytes(100)], { subject: index });
  const worker = plantImage(content, 'shop/worker', [randomBytes(500), shared]);
  const chart = plantImage(content, 'shop/charts', [randomBytes(800)], { config: Buffer.from('{"name":"web"}') });
  roots = [
    { repository: 'shop/gateway', digest: index.digest, referrers: true, also: [signature.digest] },
    { repository: 'shop/worker', digest: worker.digest, referrers: false, also: [] },
    { repository: 'shop/charts', digest: chart.digest, referrers: false, also: [] },
  ];
});
afterEach(() => Promise.all([source.stop(), target.stop()]));

/** One process that syncs: nothing of an earlier one is left, and none is tried twice. */
async function sync(concurrency: number): Promise<MirrorResult> {
  const [from, to] = [source, target].map(({ host }) =>
    createRegistryClient({ host, plainHttp: true, retry: { attempts: 1 } }),
  );
  if (from === undefined || to === undefined) throw new Error('both sides');
  try {
    return await mirrorSet({
      items: roots.map(({ repository, digest, referrers }) => ({
        from: registryStore(from, repository),
        digest,
        to: registryStore(to, mirrored(repository)),
        tag: '1.0.0',
        referrers,
      })),
      concurrency,
    });
  } finally {
    await from.close();
    await to.close();
  }
}

/** From request number `at` on, over both registries, nobody is answered; that one still takes effect, or not. */
function killAt(at: number, effect: 'no-answer' | 'lost-answer'): { met: () => boolean } {
  let seen = -1;
  for (const registry of [source, target]) {
    registry.fault({ when: () => ++seen === at, fault: { kind: effect } });
    registry.fault({ when: () => seen > at, fault: { kind: 'no-answer' } });
  }
  return { met: () => seen >= at };
}
function revive(): void {
  for (const registry of [source, target]) registry.clearFaults();
}

const blobsAskedFor = (): string[] =>
  source.requests.filter((each) => each.operation === 'blob-get').map((each) => each.reference);
/** `target repository digest` of each blob that was asked for. */
const blobsBrought = (): string[] =>
  source.requests
    .filter((each) => each.operation === 'blob-get')
    .map((each) => `${mirrored(each.repository)} ${each.reference}`);

/** What is not as it should be, once a sync says that it is done. */
function unfinished(): string[] {
  return roots.flatMap(({ repository, digest, also }) => {
    const at = { content: target.content, repository: mirrored(repository) };
    const tags = ['1.0.0', `lf-${digest.slice(7)}`].filter(
      (tag) => at.content.manifest(at.repository, tag)?.digest !== digest,
    );
    return [
      ...tags,
      ...[digest, ...also].flatMap((each) => missing({ content: source.content, repository }, at, each)),
    ];
  });
}

async function killEverywhere(concurrency: number, effect: 'no-answer' | 'lost-answer'): Promise<number> {
  for (let at = 0; ; at++) {
    await target.stop();
    target = await startFaultRegistry();
    const killed = killAt(at, effect);
    const first = await sync(concurrency).catch((error: unknown) => error);
    const met = killed.met();
    revive();
    expect(incomplete(target.content), `after request ${at}`).toEqual([]);
    if (!met) {
      expect(first).toMatchObject({ failed: [] });
      expect(unfinished()).toEqual([]);
      return at;
    }
    // A lost answer to the very last request may be one that nobody waits for.
    expect(first, `request ${at}`).toMatchObject({ temporary: true });
    const arrived = new Set(
      [...target.content.repositories].flatMap(([name, { blobs }]) => [...blobs].map((blob) => `${name} ${blob}`)),
    );
    const before = blobsBrought().length;
    await sync(concurrency);
    expect(unfinished(), `after request ${at} and a second run`).toEqual([]);
    const again = blobsBrought().slice(before);
    expect(
      again.filter((each) => arrived.has(each)),
      `after request ${at}`,
    ).toEqual([]);
    expect(new Set(again).size).toBe(again.length);
  }
}

describe('a sync that is killed at any request', () => {
  it.each([
    ['before it takes effect', 1, 'no-answer'],
    ['after it took effect', 1, 'lost-answer'],
    ['before it takes effect, many at a time', 16, 'no-answer'],
    ['after it took effect, many at a time', 16, 'lost-answer'],
  ] as const)(
    '%s leaves nothing that leads to something incomplete, goes on, and fetches no blob again that had arrived in its repository',
    async (_, concurrency, effect) => {
      // So many requests is a sync of this set: each of them was the last of some process.
      expect(await killEverywhere(concurrency, effect)).toBeGreaterThan(30);
    },
    120_000,
  );
});

describe('two syncs of the same set at once', () => {
  it('both end well, and the set is whole', async () => {
    const results = await Promise.all([sync(16), sync(16)]);
    expect(results.flatMap(({ failed }) => failed)).toEqual([]);
    expect(unfinished()).toEqual([]);
    expect(incomplete(target.content)).toEqual([]);
  });

  it('and one of them is killed: the other ends well', async () => {
    const caller = new AbortController();
    target.fault({
      on: 'upload-end',
      times: 1,
      when: () => {
        caller.abort();
        return true;
      },
      fault: { kind: 'no-answer' },
    });
    const results = await Promise.allSettled([sync(4), sync(4)]);
    expect(caller.signal.aborted).toBe(true);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(unfinished()).toEqual([]);
  });
});

it('a whole sync fetches each blob once, and a second one none', async () => {
  await sync(16);
  const asked = blobsAskedFor();
  expect(new Set(asked).size).toBe(asked.length);
  const whole = new Set(repositories.flatMap((each) => [...source.content.repository(each).blobs])).size;
  expect(asked).toHaveLength(whole);
  const bytes = source.bytesSent();
  const all = roots.map(({ repository, digest, also }) => weight(source.content, repository, digest, ...also));
  expect(bytes).toBeLessThanOrEqual(all.reduce((sum, each) => sum + each, 0));
  source.requests.length = 0;
  target.requests.length = 0;
  await sync(16);
  expect(blobsAskedFor()).toEqual([]);
  expect(target.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
});
