import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import { startEntitiesInCluster } from '../testing/entities-in-cluster.ts';
import { contentOf, lastGoodWith, listOf, stream, types } from '../testing/fake-entities.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import type { EntityKeeper } from './keeper.ts';

const engines = await requireEngines(...simulatedCluster);
const writing = new Set(['create', 'replace', 'apply', 'patch', 'delete']);
// No pods: what is measured is the runner and the API server.
const small = (name: string, topic = name, generation = 1) => stream(name, { topic, replicas: 0 }, generation);
const many = (count: number) => Array.from({ length: count }, (_, i) => small(`s${i}`));

describe.skipIf(!engines.available)('500 entities on a real API server', () => {
  let world: RealCluster;
  let entities: Awaited<ReturnType<typeof startEntitiesInCluster>> | undefined;
  let keeper: EntityKeeper;
  const calls = { reads: 0, writes: [] as string[] };

  beforeAll(async () => {
    world = await startRealCluster();
    const inForce = lastGoodWith(
      types.map((type) => ({ ...type, cleanup: undefined, components: withoutJobs(type.components) })),
    );
    entities = await startEntitiesInCluster({
      ...{ inForce, kubernetes: counted(world.kubernetes, calls), workDir: join(world.ground.dir, 'runner') },
      mirror: {
        referenceOf: ({ digest }) => `mirror.test/lf/app@${digest}`,
        fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(contentOf(digest))),
      },
    });
    keeper = entities.keeper;
  }, 180_000);
  afterAll(async () => {
    await entities?.close();
    await world?.close();
  });

  const states = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { state } of keeper.states().values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  };
  // oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
  const until = <T>(look: () => T) => expect.poll(look, { interval: 50, timeout: 420_000 });
  /** Nothing is under way any more: no write for as long as this. */
  const rest = async (): Promise<void> => {
    let before = -1;
    await expect
      .poll(
        () => {
          const same = calls.writes.length === before;
          before = calls.writes.length;
          return same;
        },
        { interval: 2_000, timeout: 120_000 },
      )
      .toBe(true);
  };
  const measured = async (what: string, work: () => Promise<void>): Promise<string[]> => {
    Object.assign(calls, { reads: 0, writes: [] });
    const begun = systemClock.now().getTime();
    await work();
    const seconds = ((systemClock.now().getTime() - begun) / 1000).toFixed(1);
    process.stdout.write(`${what}: ${seconds} s, ${calls.writes.length} writes, ${calls.reads} reads\n`);
    await rest();
    return calls.writes;
  };
  const inCluster = async (kind: string, apiVersion: string): Promise<number> =>
    (
      await world.kubernetes.list({
        apiVersion,
        kind,
        namespace: 'shop',
        labelSelector: 'app.kubernetes.io/managed-by=landfall',
      })
    ).items.length;

  it('are created, each as its own objects', async () => {
    await measured('create 500', async () => {
      keeper.accept(listOf(...many(500)));
      await until(states).toEqual({ Running: 500 });
    });
    expect([await inCluster('ConfigMap', 'v1')]).toEqual([500]);
  }, 480_000);

  it('of which one is changed: no other is touched', async () => {
    const changed = small('s7', 'other', 2);
    const writes = await measured('change one of 500', async () => {
      keeper.accept(listOf(...many(500).map((each) => (each.name === 's7' ? changed : each))));
      await until(() => keeper.states().get('streams/s7')).toMatchObject({ generation: 2, state: 'Running' });
    });
    const own = writes.filter((call) => !call.includes('lf-journal'));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((call) => !/(?:stream-s7|lf-entity-streams-s7)$/.test(call))).toEqual([]);
    const config = await world.kubernetes.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'shop',
      name: 'stream-s7',
    });
    expect(config?.['data']).toMatchObject({ topic: 'other' });
  }, 480_000);

  it('of which a hundred are removed: the others stay', async () => {
    const writes = await measured('remove 100 of 500', async () => {
      keeper.accept(listOf(...many(400).map((each) => (each.name === 's7' ? small('s7', 'other', 2) : each))));
      await until(states).toEqual({ Running: 400 });
    });
    expect(await inCluster('ConfigMap', 'v1')).toBe(400);
    const deleted = writes.flatMap((call) => {
      const [, number] = /^delete ConfigMap stream-s(\d+)$/.exec(call) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
    expect(deleted.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => 400 + i));
  }, 480_000);
});

/** Without the topic's job and the Deployment: no node is here to run them. */
function withoutJobs(components: (typeof types)[number]['components']): typeof components {
  return components.filter(({ kind }) => kind !== 'job').map((each) => ({ ...each, dependsOn: [] }));
}

function counted(kubernetes: Kubernetes, calls: { reads: number; writes: string[] }): Kubernetes {
  return new Proxy(kubernetes, {
    get: (target, name: keyof Kubernetes) => {
      const method: unknown = target[name];
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        const dry = JSON.stringify(args[1] ?? {}).includes('"dryRun":true');
        if (writing.has(name) && !dry) calls.writes.push(`${name} ${nameOf(args[0])}`);
        else calls.reads += 1;
        return Reflect.apply(method, target, args);
      };
    },
  });
}

function nameOf(what: unknown): string {
  const { kind, name, metadata } = Object(what);
  return `${kind} ${name ?? metadata?.name}`;
}
