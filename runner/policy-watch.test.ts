import { describe, expect, it } from 'vitest';
import { createFakeKubernetes } from './testing/index.ts';
import { policyType, watchPolicy } from './policy-watch.ts';

const where = { namespace: 'landfall-system', name: 'default' };

async function watched(spec?: object) {
  const kubernetes = createFakeKubernetes();
  const put = (policy: object) =>
    kubernetes.apply({ ...policyType, metadata: where, spec: policy }, { fieldManager: 'customer', force: true });
  if (spec !== undefined) await put(spec);
  const events: string[] = [];
  let changes = 0;
  const policy = watchPolicy({
    kubernetes,
    namespace: where.namespace,
    events: { event: ({ reason }) => events.push(reason), componentState: () => undefined, log: () => undefined },
    onChange: () => changes++,
  });
  const before = policy.current();
  const stop = new AbortController();
  const running = policy.run(stop.signal);
  await policy.known;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { kubernetes, put, policy, before, events, changes: () => changes, until, end: () => (stop.abort(), running) };
}

describe("the customer's policy", () => {
  it('allows nothing before it is known', async () => {
    const { before, end } = await watched({});
    expect(before.paused).toBe(true);
    await end();
  });

  it('is open when there is none, and is followed when it changes', async () => {
    const { policy, put, until, changes, kubernetes, end } = await watched();
    expect(policy.current().paused).toBe(false);
    const seen = changes();
    await put({ paused: true });
    await until(() => policy.current().paused);
    expect(changes()).toBe(seen + 1);
    await kubernetes.delete({ ...policyType, ...where });
    await until(() => !policy.current().paused);
    await end();
  });

  it('that cannot be read stops all changes and says so', async () => {
    const { policy, events, end } = await watched({ windows: [{ days: ['Someday'], start: '25:00' }] });
    expect(policy.current().paused).toBe(true);
    expect(events).toEqual(['PolicyUnreadable']);
    await end();
  });
});
