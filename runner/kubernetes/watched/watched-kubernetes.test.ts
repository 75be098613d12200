import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError, systemClock } from '../../../contract/index.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../../testing/index.ts';
import { itIsAnApiServer, itNeverAnswersOlderThanItself } from '../../testing/kubernetes-contract.ts';
import { createLateWatches, type LateWatches } from '../../testing/late-watches.ts';
import type { KubeObject } from '../types.ts';
import { createWatchedKubernetes, type WatchedKubernetes } from './watched-kubernetes.ts';

const watched = 'app=shop';
const ours = { fieldManager: 'ours' };
const type = { apiVersion: 'v1', kind: 'ConfigMap' };
const config = (name: string, value: string, namespace = 'shop'): KubeObject => ({
  ...type,
  metadata: { name, namespace, labels: { app: 'shop', part: name } },
  data: { a: value },
});
const ref = (name: string, namespace = 'shop') => ({ ...type, namespace, name });

let fake: FakeKubernetes;
let late: LateWatches;
let kubernetes: WatchedKubernetes;
beforeEach(() => {
  fake = createFakeKubernetes();
  late = createLateWatches(fake);
  kubernetes = createWatchedKubernetes(late.kubernetes, systemClock);
});
afterEach(() => {
  late.go();
  kubernetes.close();
});

const requests = (): number => fake.calls.length;
const valueOf = async (name: string, namespace?: string): Promise<unknown> =>
  (await kubernetes.get(ref(name, namespace), { watched }))?.['data'];
/** As another client does it: nothing of it passes through here. */
const somebodyElse = {
  apply: (object: KubeObject) => fake.apply(object, { fieldManager: 'theirs', force: true }),
  delete: (name: string) => fake.delete(ref(name)),
};
const caughtUp = async (): Promise<void> => {
  late.go();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('with shared watches behind it', () => {
  itIsAnApiServer(() => kubernetes);
  itNeverAnswersOlderThanItself(
    () => kubernetes,
    () => late.hold(),
  );
});

describe('what is asked `watched`', () => {
  it('costs one watch for a hundred questions, and no request for any of them', async () => {
    for (let i = 0; i < 100; i++) await fake.apply(config(`c${i}`, '1'), ours);
    await valueOf('c0');
    const before = requests();
    for (let i = 0; i < 100; i++) {
      expect(await valueOf(`c${i}`)).toEqual({ a: '1' });
      const listed = await kubernetes.list({
        ...type,
        namespace: 'shop',
        labelSelector: `${watched},part=c${i}`,
        watched,
      });
      expect(listed.items.map(({ metadata }) => metadata.name)).toEqual([`c${i}`]);
    }
    expect({ requests: requests() - before, watches: late.opened() }).toEqual({ requests: 0, watches: 1 });
  });

  it('is asked of the API server where it is not `watched`', async () => {
    await fake.apply(config('c', '1'), ours);
    await valueOf('c');
    late.hold();
    await somebodyElse.apply(config('c', '2'));
    expect(await valueOf('c')).toEqual({ a: '1' });
    expect((await kubernetes.get(ref('c')))?.['data']).toEqual({ a: '2' });
    // And is never older again.
    expect(await valueOf('c')).toEqual({ a: '2' });
  });

  it('follows what others do', async () => {
    await fake.apply(config('c', '1'), ours);
    await valueOf('c');
    await somebodyElse.apply(config('c', '2'));
    await caughtUp();
    const before = requests();
    expect(await valueOf('c')).toEqual({ a: '2' });
    expect(requests()).toBe(before);
  });

  it('is never said to be absent by a watch that does not select everything', async () => {
    await valueOf('c');
    await fake.apply({ ...config('c', '1'), metadata: { name: 'c', namespace: 'shop' } }, ours);
    expect(await valueOf('c')).toEqual({ a: '1' });
  });

  it('is asked of the API server after the watch broke, until there is a list again', async () => {
    await fake.apply(config('c', '1'), ours);
    await valueOf('c');
    late.break(new LandfallError('LF-RUNNER-001', 'away', { temporary: true }));
    await somebodyElse.apply(config('c', '2'));
    expect(await valueOf('c')).toEqual({ a: '2' });
    await caughtUp();
    const before = requests();
    expect(await valueOf('c')).toEqual({ a: '2' });
    expect(requests()).toBe(before);
  });

  it('is gone when a list says so, though the watch still tells of it', async () => {
    await fake.apply(config('c', '1'), ours);
    await valueOf('c');
    late.hold();
    await somebodyElse.apply(config('c', '2'));
    await somebodyElse.delete('c');
    const query = { ...type, namespace: 'shop', labelSelector: watched };
    expect((await kubernetes.list(query)).items).toEqual([]);
    expect((await kubernetes.list({ ...query, watched })).items).toEqual([]);
    await caughtUp();
    expect((await kubernetes.list({ ...query, watched })).items).toEqual([]);
    await somebodyElse.apply(config('c', '3'));
    await caughtUp();
    expect(await valueOf('c')).toEqual({ a: '3' });
  });

  it('is one watch over the cluster from the fifth namespace on', async () => {
    const namespaces = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const namespace of namespaces) await fake.apply(config('c', namespace, namespace), ours);
    for (const namespace of namespaces) expect(await valueOf('c', namespace)).toEqual({ a: namespace });
    expect(late.opened()).toBe(5);
    const before = requests();
    for (const namespace of namespaces) expect(await valueOf('c', namespace)).toEqual({ a: namespace });
    expect(requests()).toBe(before);
  });

  it('is one watch per namespace where the API server does not allow more', async () => {
    const observe: typeof fake.observe = (options, signal) => {
      if (options.namespace !== undefined) return fake.observe(options, signal);
      options.onBroken?.(new LandfallError('LF-RUNNER-001', 'forbidden', { details: { status: 403 } }));
      const ended = new Promise<IteratorReturnResult<undefined>>((resolve) => {
        signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true });
      });
      return { [Symbol.asyncIterator]: () => ({ next: () => ended }) };
    };
    const narrow = createWatchedKubernetes({ ...fake, observe }, systemClock);
    const namespaces = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const namespace of namespaces) await fake.apply(config('c', namespace, namespace), ours);
    for (const namespace of namespaces) await narrow.get(ref('c', namespace), { watched });
    const before = requests();
    for (const namespace of namespaces) expect(await narrow.get(ref('c', namespace), { watched })).not.toBeNull();
    expect({ requests: requests() - before, watches: narrow.watches() }).toEqual({ requests: 0, watches: 7 });
    narrow.close();
  });

  it('tells its followers when something changes, after the answer has', async () => {
    await fake.apply(config('c', '1'), ours);
    const end = new AbortController();
    const told: unknown[] = [];
    const following = (async () => {
      for await (const seen of kubernetes.observe(
        { ...type, namespace: 'shop', labelSelector: watched, watched },
        end.signal,
      )) {
        told.push([seen.type, await valueOf('c')]);
      }
    })();
    await expect.poll(() => told).toEqual([['listed', { a: '1' }]]);
    await somebodyElse.apply(config('c', '2'));
    await expect
      .poll(() => told)
      .toEqual([
        ['listed', { a: '1' }],
        ['changed', { a: '2' }],
      ]);
    end.abort();
    await following;
    expect(late.opened()).toBe(1);
  });

  it('keeps nothing of what nobody reads', async () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(1000), kept: 'yes' };
    const object = config('c', '1');
    await fake.apply({ ...object, metadata: { ...object.metadata, annotations, managedFields: [{}] } }, ours);
    const found = await kubernetes.get(ref('c'), { watched, metadataOnly: true });
    expect(found?.metadata.annotations).toEqual({ kept: 'yes' });
    expect(found?.metadata['managedFields']).toBeUndefined();
    expect(found?.['data']).toBeUndefined();
  });
});
