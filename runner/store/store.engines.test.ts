import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jsonSchema, systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { acquireLease, usualLeaseTimes } from '../lease/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import { createStore } from './index.ts';

const engines = await requireEngines(...simulatedCluster);

describe.skipIf(!engines.available)('on a real API server', () => {
  let world: RealCluster;
  beforeAll(async () => {
    world = await startRealCluster();
  });
  afterAll(async () => world?.close());

  // The fake must be what the real one is: both pass the same tests.
  const both: [string, () => Kubernetes][] = [
    ['the real API server', () => world.kubernetes],
    ['the fake one', createFakeKubernetes],
  ];
  describe.each(both)('the store in %s', (_, connect) => {
    const open = (kubernetes: Kubernetes, epoch: number, kind: 'ConfigMap' | 'Secret' = 'ConfigMap') =>
      createStore({ kubernetes, namespace: 'landfall-system', epoch: () => epoch, kind });

    it.each(['ConfigMap', 'Secret'] as const)('keeps small and large documents in a %s', async (kind) => {
      const store = open(connect(), 1, kind);
      const large = { text: 'x'.repeat(3_000_000) };
      const first = await store.put(`doc-${kind.toLowerCase()}`, { a: 1 }, null);
      const second = await store.put(`doc-${kind.toLowerCase()}`, large, first);
      expect(await store.get(`doc-${kind.toLowerCase()}`, jsonSchema)).toEqual({ value: large, revision: second });
      await store.delete(`doc-${kind.toLowerCase()}`);
      expect(await store.get(`doc-${kind.toLowerCase()}`, jsonSchema)).toBeNull();
    });

    it('lists by prefix', async () => {
      const store = open(connect(), 1);
      for (const name of ['list-b', 'list-a', 'other']) await store.put(name, {}, null);
      expect(await store.list('list-')).toEqual(['list-a', 'list-b']);
    });

    it('refuses a write on an outdated revision', async () => {
      const store = open(connect(), 1);
      const first = await store.put('conflict', { n: 1 }, null);
      await store.put('conflict', { n: 2 }, first);
      await expect(store.put('conflict', { n: 3 }, first)).rejects.toMatchObject({
        code: 'LF-RUNNER-002',
        temporary: true,
      });
      await expect(store.put('conflict', { n: 3 }, null)).rejects.toMatchObject({ code: 'LF-RUNNER-002' });
    });

    it('refuses the owner of an older lease, also one that has read the newest document', async () => {
      const kubernetes = connect();
      const [old, newer] = [open(kubernetes, 4), open(kubernetes, 5)];
      const first = await old.put('fenced', { by: 4 }, null);
      await newer.put('fenced', { by: 5 }, first);
      await expect(old.put('fenced', { by: 4 }, first)).rejects.toMatchObject({ code: 'LF-RUNNER-003' });
      const read = await old.get('fenced', z.object({ by: z.number() }));
      await expect(old.put('fenced', { by: 4 }, read?.revision ?? null)).rejects.toMatchObject({
        code: 'LF-RUNNER-003',
      });
      await expect(old.delete('fenced')).rejects.toMatchObject({ code: 'LF-RUNNER-003' });
    });
  });

  describe('access to any kind of object', () => {
    it('observes the list and then every change, as metadata where asked', async () => {
      const stop = new AbortController();
      const seen: string[] = [];
      const options = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', metadataOnly: true };
      const watching = (async () => {
        for await (const what of world.kubernetes.observe(options, stop.signal)) {
          seen.push(
            what.type === 'listed'
              ? 'listed'
              : `${what.event.type} ${what.event.object.metadata.name} ${String('data' in what.event.object)}`,
          );
        }
      })();
      await expect.poll(() => seen).toEqual(['listed']);
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's1', namespace: 'default' },
        stringData: { a: 'b' },
      };
      await world.kubernetes.create(object);
      await world.kubernetes.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 's1' });
      await expect.poll(() => seen).toEqual(['listed', 'ADDED s1 false', 'DELETED s1 false']);
      stop.abort();
      await watching;
    });

    it('says what was refused, with the status', async () => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not A Name', namespace: 'default' } };
      await expect(world.kubernetes.create(object)).rejects.toMatchObject({
        code: 'LF-RUNNER-001',
        temporary: false,
        details: { status: 422 },
      });
    });
  });

  describe('the lease', () => {
    const times = { ...usualLeaseTimes, durationMs: 600, graceMs: 200, renewDeadlineMs: 400, retryMs: 50 };
    let namespace = 'default'; // Without documents.
    const take = (identity: string, name: string, gone: boolean, signal = new AbortController().signal) =>
      acquireLease(
        {
          kubernetes: world.kubernetes,
          clock: systemClock,
          namespace,
          name,
          identity,
          times,
          holderGone: async () => gone,
        },
        signal,
      );

    it('goes over at once when given back, and the epoch grows', async () => {
      const first = await take('a', 'given', false);
      await first.release();
      const second = await take('b', 'given', false);
      expect([first.epoch, second.epoch]).toEqual([1, 2]);
      await second.release();
    });

    it('is not taken from a holder that renews it', async () => {
      const first = await take('a', 'renewed', false);
      const tooLong = AbortSignal.timeout(1500);
      await expect(take('b', 'renewed', false, tooLong)).rejects.toThrow('timeout');
      expect(first.signal.aborted).toBe(false);
      await first.release();
    });

    it('ends the one who lost it: whoever was taken for dead sees it and stops', async () => {
      const first = await take('a', 'lost', false);
      const second = await take('b', 'lost', true); // Its holder counts as gone, although it lives.
      await expect.poll(() => first.signal.aborted).toBe(true);
      expect(first.signal.reason).toMatchObject({ code: 'LF-RUNNER-004' });
      await second.release();
    });

    it('that is lost goes on above the epoch of the documents', async () => {
      namespace = 'landfall-system';
      await createStore({ kubernetes: world.kubernetes, namespace, epoch: () => 40 }).put('above', {}, null);
      const next = await take('a', 'deleted', false);
      expect(next.epoch).toBe(41);
      await next.release();
    });
  });
});
