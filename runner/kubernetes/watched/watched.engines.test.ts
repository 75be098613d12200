import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { itIsAnApiServer, itNeverAnswersOlderThanItself } from '../../testing/kubernetes-contract.ts';
import { type RealCluster, startRealCluster } from '../../testing/real-cluster.ts';
import { createWatchedKubernetes, type WatchedKubernetes } from './watched-kubernetes.ts';

const engines = await requireEngines(...simulatedCluster);
const watched = 'app=seen';
const type = { apiVersion: 'v1', kind: 'ConfigMap' };
const ref = (name: string) => ({ ...type, namespace: 'shop', name });

describe.skipIf(!engines.available)('shared watches on a real API server', () => {
  let world: RealCluster;
  let kubernetes: WatchedKubernetes;
  beforeAll(async () => {
    world = await startRealCluster();
    await world.kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    kubernetes = createWatchedKubernetes(world.kubernetes, systemClock);
  });
  afterAll(async () => {
    kubernetes?.close();
    await world?.close();
  });

  itIsAnApiServer(() => kubernetes);
  itNeverAnswersOlderThanItself(() => kubernetes);

  const seen = async (name: string): Promise<unknown> => (await kubernetes.get(ref(name), { watched }))?.['data'];
  const byAnother = (name: string, value: string) =>
    world.kubernetes.apply(
      { ...type, metadata: { name, namespace: 'shop', labels: { app: 'seen' } }, data: { value } },
      { fieldManager: 'theirs', force: true },
    );

  it('follow what others do, and their deletions', async () => {
    await byAnother('followed', '1');
    await expect.poll(() => seen('followed')).toEqual({ value: '1' });
    await byAnother('followed', '2');
    await expect.poll(() => seen('followed')).toEqual({ value: '2' });
    await world.kubernetes.delete(ref('followed'));
    const query = { ...type, namespace: 'shop', labelSelector: watched, watched };
    await expect.poll(async () => (await kubernetes.list(query)).items.length).toBe(0);
  });

  it('see a label come and go', async () => {
    await byAnother('labelled', '1');
    const query = { ...type, namespace: 'shop', labelSelector: watched, watched };
    const names = async () => (await kubernetes.list(query)).items.map(({ metadata }) => metadata.name);
    await expect.poll(names).toEqual(['labelled']);
    await world.kubernetes.patch(ref('labelled'), { metadata: { labels: { app: null } } });
    await expect.poll(names).toEqual([]);
    await world.kubernetes.patch(ref('labelled'), { metadata: { labels: { app: 'seen' } } });
    await expect.poll(names).toEqual(['labelled']);
  });

  it('know again what is so after the API server was away', async () => {
    await byAnother('restarted', '1');
    await expect.poll(() => seen('restarted')).toEqual({ value: '1' });
    await world.cluster.apiServer.stop();
    await expect(kubernetes.get(ref('restarted'))).rejects.toMatchObject({ code: 'LF-RUNNER-001' });
    await world.cluster.apiServer.start();
    await byAnother('restarted', '2');
    await expect.poll(() => seen('restarted'), { timeout: 30_000 }).toEqual({ value: '2' });
  });
});
