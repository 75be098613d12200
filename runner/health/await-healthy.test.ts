import { describe, expect, it } from 'vitest';
import { type Clock, healthSchema } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { awaitHealthy } from './index.ts';

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const deployment = (ready: boolean): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', annotations: { 'test/ready': String(ready) } },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } } },
});
/** Sleeps end only when the test says so. */
function handClock() {
  let end: () => void = () => undefined;
  const clock: Clock = {
    now: () => new Date(0),
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        end = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, end: () => end() };
}

async function waiting(spreadOverNodes: { deployment: string; minimum: number }[] = []) {
  const kubernetes = createFakeKubernetes();
  await kubernetes.create(deployment(false));
  const { clock, end } = handClock();
  const [superseded, stop] = [new AbortController(), new AbortController()];
  const progress: string[] = [];
  const outcome = awaitHealthy({
    kubernetes,
    refs: [ref],
    rules: healthSchema.parse({ timeoutSeconds: 30, spreadOverNodes }),
    clock,
    superseded: superseded.signal,
    stop: stop.signal,
    onProgress: (message) => progress.push(message),
  });
  await expect.poll(() => progress.length).toBeGreaterThan(0);
  return { kubernetes, end, superseded, stop, progress, outcome };
}

describe('waiting for health', () => {
  it('ends when the last workload gets ready, without any time passing', async () => {
    const { kubernetes, outcome, progress } = await waiting();
    expect(progress).toContain('Deployment web: 0 of 1 pods ready');
    await kubernetes.apply(deployment(true), { fieldManager: 'x' });
    expect(await outcome).toEqual({ outcome: 'healthy' });
  });

  it('ends at once when what it waits for is deleted: waiting would not bring it back', async () => {
    const { kubernetes, outcome } = await waiting();
    await kubernetes.delete(ref);
    expect(await outcome).toEqual({ outcome: 'missing', message: 'Deployment web is not there' });
  });

  it('ends with the reason when its time is over', async () => {
    const { end, outcome } = await waiting();
    end();
    expect(await outcome).toEqual({
      outcome: 'failed',
      message: 'not healthy after 30 s: Deployment web: 0 of 1 pods ready',
    });
  });

  it('ends without a verdict when it is superseded, and with its reason when stopped', async () => {
    const first = await waiting();
    first.superseded.abort();
    expect(await first.outcome).toEqual({ outcome: 'superseded' });
    const second = await waiting();
    second.stop.abort(new Error('stopped'));
    await expect(second.outcome).rejects.toThrow('stopped');
  });

  it('takes an API server that is away for unknown, not for failed', async () => {
    const { kubernetes, outcome } = await waiting();
    let away = true;
    kubernetes.before = () => {
      if (away) throw new Error('away');
    };
    await kubernetes.apply(deployment(true), { fieldManager: 'x' }).catch(() => undefined);
    away = false;
    await kubernetes.apply(deployment(true), { fieldManager: 'x' });
    expect(await outcome).toEqual({ outcome: 'healthy' });
  });

  it('goes on until ready pods stand on as many nodes as asked, or as there are', async () => {
    const { kubernetes, outcome, progress } = await waiting([{ deployment: 'web', minimum: 3 }]);
    for (const name of ['node-a', 'node-b'])
      await kubernetes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
    await kubernetes.apply(deployment(true), { fieldManager: 'x' });
    const pod = (name: string, nodeName: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: { nodeName },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    await kubernetes.create(pod('web-1', 'node-a'));
    await kubernetes.create(pod('web-2', 'node-a'));
    await expect.poll(() => progress.at(-1)).toBe('Deployment web: ready pods on 1 of 2 different nodes');
    await kubernetes.create(pod('web-3', 'node-b'));
    expect(await outcome).toEqual({ outcome: 'healthy' });
  });
});
