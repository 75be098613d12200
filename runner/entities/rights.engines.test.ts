import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { startEntitiesInCluster } from '../testing/entities-in-cluster.ts';
import { connector, contentOf, lastGoodWith, listOf, stream, undoingTypes } from '../testing/fake-entities.ts';
import { type GuardedCluster, guardedMirror, startGuardedCluster } from '../testing/guarded-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const shop = '/api/v1/namespaces/shop';

describe.skipIf(!engines.available)("entities with the rights of the runner's chart, on a real API server", () => {
  let world: GuardedCluster;
  let entities: Awaited<ReturnType<typeof startEntitiesInCluster>> | undefined;

  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'));
    const { kubernetes, impersonation, ground } = world;
    await world.admin('POST', '/api/v1/namespaces', { metadata: { name: 'customer' } });
    await world.admin('POST', '/api/v1/namespaces/customer/secrets', {
      metadata: { name: 'kafka', annotations: { 'landfall.dev/copy-to': 'shop' } },
      stringData: { password: 'hidden' },
    });
    entities = await startEntitiesInCluster({
      ...{ kubernetes, workDir: join(ground.dir, 'runner'), inForce: lastGoodWith(undoingTypes) },
      // No type here is made of a chart.
      accounts: { impersonation, helmAs: () => Object.create(null) },
      mirror: {
        referenceOf: ({ digest }) => `${guardedMirror}/shop/topic@${digest}`,
        fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(contentOf(digest))),
      },
    });
  });
  afterAll(async () => {
    await entities?.close();
    await world?.close();
  });

  // oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
  const until = <T>(look: () => T) => expect.poll(look, { interval: 100, timeout: 120_000 });
  const states = (): string[] =>
    [...(entities?.keeper.states().values() ?? [])]
      .map(({ state, conditions }) => (state === 'Error' ? `Error: ${conditions[0]?.message ?? ''}` : state))
      .sort();
  const namesAt = async (path: string): Promise<string[]> => {
    const list = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
    return list
      .parse(await world.admin('GET', path))
      .items.map(({ metadata }) => metadata.name)
      .sort();
  };
  const accounts = () =>
    namesAt('/api/v1/namespaces/landfall-system-components/serviceaccounts?labelSelector=landfall.dev%2Faccount');

  it('are applied as one account for each type, and by no right of the runner', async () => {
    const wanted = Array.from({ length: 20 }, (_, i) => stream(`s${i}`));
    entities?.keeper.accept(listOf(...wanted, connector('kafka', { namespace: 'customer', name: 'kafka' })));
    await until(states).toEqual(Array.from({ length: 21 }, () => 'Running'));
    expect(await accounts()).toEqual(['dataconnectors-entities', 'streams-entities']);
    expect(await namesAt(`${rbac}/namespaces/shop/rolebindings`)).toEqual([
      'landfall-component-dataconnectors-entities',
      'landfall-component-streams-entities',
    ]);
    expect(await namesAt(`${shop}/secrets?labelSelector=landfall.dev%2Fcomponent`)).toEqual(['connector-kafka']);
    const asked = { namespace: 'shop', group: 'apps', resource: 'deployments', verb: 'create' };
    const never = new AbortController().signal;
    expect(await world.impersonation.isAllowed(null, asked, never)).toBe(false);
  });

  it('are taken away with their accounts', async () => {
    entities?.keeper.accept(listOf());
    await until(states).toEqual([]);
    expect([await accounts(), await namesAt(`${rbac}/namespaces/shop/rolebindings`)]).toEqual([[], []]);
    expect(await namesAt('/apis/apps/v1/namespaces/shop/deployments')).toEqual([]);
    expect(await namesAt('/apis/batch/v1/namespaces/shop/jobs')).toEqual([]);
    expect(await namesAt(`${shop}/secrets?labelSelector=landfall.dev%2Fcomponent`)).toEqual([]);
  });
});
