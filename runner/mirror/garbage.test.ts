import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, type Release, artifactsOf } from '../../contract/index.ts';
import { parseManifest } from '../../oci/index.ts';
import type { Effects, EventSink } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createAutoClock } from '../testing/auto-clock.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createKeptReleases, keysOf } from './garbage/kept-releases.ts';
import { createMirror } from './mirror.ts';
import { createMirrorRecord } from './record.ts';
import { type MemoryRegistry, memoryRegistry } from './testing/memory-registry.ts';
import { digestsIn, memoryOwnRegistry } from './testing/own-registry.ts';
import { vendorImages } from './testing/vendor-images.ts';

const prefix = 'lf-acme';
const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const pool = { a: [], b: ['b1', 'b2'], c: ['b1', 'c2'], d: ['d1'], e: [], f: ['b1', 'b2', 'f3'] } as const;
const { vendor, artifacts, releaseOf } = await vendorImages(pool);

const said: EventSink = { event: () => undefined, componentState: () => undefined, log: () => undefined };

/** A customer's world that outlives the runners in it; each may be killed at its n-th request or write. */
function world(options: { keepReleases: number; inUse?: () => ReadonlySet<string>; events?: EventSink }) {
  const client = memoryRegistry('own.test');
  const own = memoryOwnRegistry(client, prefix);
  const kubernetes = createFakeKubernetes();
  const clock = createAutoClock();
  const start = () => {
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    return createMirror({
      vendor: { at: () => vendor },
      ...{ own, effects: directly, clock, keepReleases: options.keepReleases },
      events: options.events ?? said,
      record: createMirrorRecord(store),
      kept: createKeptReleases(store),
      copy: { platforms: [], referrers: true },
      inUse: async () => options.inUse?.() ?? new Set(),
    });
  };
  const killAfter = (steps: number): void => {
    let left = steps;
    const step = (): void => {
      if (left-- <= 0) throw new Killed();
    };
    client.before = step;
    kubernetes.before = ({ verb }) => (verb === 'get' ? undefined : step());
  };
  const alive = (): void => {
    client.before = () => undefined;
    kubernetes.before = () => undefined;
  };
  return { client, own, clock, start, killAfter, alive };
}
class Killed extends Error {}

const ensureIn = (mirror: ReturnType<ReturnType<typeof world>['start']>, release: Release) =>
  mirror.ensure(release, 'vendor.test', { onProgress: () => undefined, signal: never });

/** Everything that releases need: their artifacts with what lies below. */
function needs(registry: MemoryRegistry, repository: string, releases: readonly Release[]): Set<Digest> {
  const found = new Set<Digest>();
  const add = (digest: Digest): void => {
    found.add(digest);
    for (const child of registry.childrenOf(repository, digest)) add(child);
  };
  for (const artifact of releases.flatMap(artifactsOf)) add(artifact.digest);
  return found;
}

describe('garbage in the mirror', () => {
  const place = `${prefix}/shop/images`;
  const names = fc.subarray(Object.keys(pool), { minLength: 0 });
  /** What happens to a release that is accepted: it becomes good or fails; the copy and the tidying are killed after so many steps, or not. */
  const step = fc.record({
    names,
    good: fc.boolean(),
    copyKilledAfter: fc.option(fc.nat(40)),
    tidyKilledAfter: fc.option(fc.nat(24)),
  });

  /** Forgotten, not yet removed, and wanted by a release whose copy never begins. */
  const wantedAgainWhileItGoes = {
    keepReleases: 1,
    steps: [
      { names: ['f'], good: false, copyKilledAfter: null, tidyKilledAfter: null },
      { names: [], good: true, copyKilledAfter: null, tidyKilledAfter: 3 },
      { names: ['f'], good: false, copyKilledAfter: 0, tidyKilledAfter: null },
    ],
  };

  it('goes, and nothing of the last N releases goes, whatever happened and whenever the runner was killed', async () => {
    const histories = fc.record({
      keepReleases: fc.integer({ min: 1, max: 4 }),
      steps: fc.array(step, { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(histories, async ({ keepReleases, steps }) => {
        const { client, start, killAfter, alive } = world({ keepReleases });
        const good: Release[] = [];
        let mirror = start();
        const surviving = async (killedAfter: number | null, act: () => Promise<void>): Promise<boolean> => {
          if (killedAfter !== null) killAfter(killedAfter);
          try {
            await act();
            return true;
          } catch (error) {
            // What a dying process was about to say: whatever it threw on its way, a new one starts from what is stored.
            if (killedAfter === null) throw error;
            mirror = start();
            return false;
          } finally {
            alive();
          }
        };
        const kept = (): Release[] => {
          const distinct = [...new Map(good.toReversed().map((each) => [keysOf(each).join(), each])).values()];
          return distinct.slice(0, keepReleases);
        };
        const isWhole = (): void => {
          const there = new Set(digestsIn(client, place));
          expect([...needs(vendor, 'shop/images', kept())].filter((digest) => !there.has(digest))).toEqual([]);
        };

        for (const [at, { names, good: succeeds, copyKilledAfter, tidyKilledAfter }] of steps.entries()) {
          const release = releaseOf(at, names);
          // As the reconciler does before it goes forward.
          const before = good.at(-1);
          const tendBefore = () =>
            before === undefined
              ? Promise.resolve()
              : mirror.tend({ lastGood: before, accepted: release, registry: 'vendor.test' }, never);
          await surviving(tidyKilledAfter, tendBefore);
          await surviving(null, tendBefore);
          isWhole();
          const copied = await surviving(copyKilledAfter, () => ensureIn(mirror, release));
          isWhole();
          if (copied && succeeds) good.push(release);
          const lastGood = good.at(-1);
          if (lastGood === undefined) continue;
          const tend = () => mirror.tend({ lastGood, accepted: release, registry: 'vendor.test' }, never);
          await surviving(tidyKilledAfter, tend);
          isWhole();
        }
        const lastGood = good.at(-1);
        if (lastGood === undefined) return;
        // Nothing is accepted beyond it any more; a runner that nobody kills looks after the rest.
        mirror = start();
        await mirror.tend({ lastGood, accepted: null, registry: 'vendor.test' }, never);
        expect(new Set(digestsIn(client, place))).toEqual(needs(vendor, 'shop/images', kept()));
        for (const { digest, tags } of client.images(place)) {
          const raw = await client.getManifest(place, digest);
          if (parseManifest(raw).kind === 'index') expect(tags.join()).toContain(`lf-${digest.slice(7)}`);
        }
      }),
      { numRuns: 60, examples: [[wantedAgainWhileItGoes]] },
    );
  });

  const one = releaseOf(1, ['b']);
  const two = releaseOf(2, ['c']);
  const tend = (mirror: ReturnType<ReturnType<typeof world>['start']>, lastGood: Release) =>
    mirror.tend({ lastGood, accepted: lastGood, registry: 'vendor.test' }, never);

  it('is not looked for when there is none: no request', async () => {
    const { client, start } = world({ keepReleases: 1 });
    const mirror = start();
    await ensureIn(mirror, one);
    await tend(mirror, one);
    client.requests.length = 0;
    await tend(mirror, one);
    await tend(start(), one);
    expect(client.requests).toEqual([]);
  });

  it('stays as long as something in the cluster runs on it; without that it goes', async () => {
    const b = artifacts.get('b');
    for (const used of [true, false]) {
      const inUse = () => new Set(used ? [`shop/images@${b?.digest}`] : []);
      const { client, start } = world({ keepReleases: 1, inUse });
      const mirror = start();
      await ensureIn(mirror, one);
      await ensureIn(mirror, two);
      await tend(mirror, two);
      expect(client.has(place, b?.digest ?? '')).toBe(used);
    }
  });

  it('is left alone in a repository that the runner has not made', async () => {
    const events: string[] = [];
    const { client, own, start } = world({
      keepReleases: 1,
      events: { ...said, event: ({ reason, message }) => void events.push(`${reason}: ${message}`) },
    });
    const mirror = start();
    await ensureIn(mirror, one);
    await ensureIn(mirror, two);
    const before = digestsIn(client, place);
    own.made = async () => false;
    await tend(mirror, two);
    expect(digestsIn(client, place)).toEqual(before);
    expect(events.join()).toContain('MirrorNotTidied');
  });

  it('whose removal fails is told, is no failure of the pass, and goes an hour later', async () => {
    const events: string[] = [];
    const { client, clock, start } = world({
      keepReleases: 1,
      events: { ...said, event: ({ reason }) => void events.push(reason) },
    });
    const mirror = start();
    await ensureIn(mirror, one);
    await ensureIn(mirror, two);
    client.before = (request) => {
      if (request.startsWith('DELETE')) throw new Error('AccessDeniedException');
    };
    await tend(mirror, two);
    await tend(mirror, two);
    expect(events).toEqual(['MirrorNotTended']);
    client.before = () => undefined;
    clock.set(new Date(clock.now().getTime() + 3_600_000).toISOString());
    await tend(mirror, two);
    expect(events).toEqual(['MirrorNotTended', 'MirrorTidied']);
    expect(new Set(digestsIn(client, place))).toEqual(needs(vendor, 'shop/images', [two]));
  });

  it('that somebody has made of what is needed is noticed within a day, told and copied again', async () => {
    const events: string[] = [];
    const { client, clock, start } = world({
      keepReleases: 3,
      events: { ...said, event: ({ reason }) => void events.push(reason) },
    });
    const mirror = start();
    await ensureIn(mirror, one);
    await tend(mirror, one);
    client.forget(place);
    await tend(mirror, one);
    expect(digestsIn(client, place)).toEqual([]);
    clock.set(new Date(clock.now().getTime() + 24 * 3_600_000).toISOString());
    await tend(mirror, one);
    expect(events).toEqual(['MirrorImagesMissing']);
    expect(new Set(digestsIn(client, place))).toEqual(needs(vendor, 'shop/images', [one]));
    client.requests.length = 0;
    await tend(mirror, one);
    expect(client.requests).toEqual([]);
  });
});
