import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runnerPolicySchema, type JsonObject } from '../../contract/index.ts';
import type { ReconcilerOptions } from './parts.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const bucket = (settings: JsonObject = {}, module: object = {}): FakeComponent => ({
  name: 'bucket',
  module: { resources: { 'aws_s3_bucket.events': { name: 'events' } }, ...module },
  settings,
});
const web: FakeComponent = { name: 'web', chart: { deployments: ['web'] } };
const hour = 3_600_000;

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const begin = async (component: FakeComponent, over: Partial<ReconcilerOptions> = {}) => {
  const runner = await install.startRunner({ over });
  const state = install.accept(install.release('1.0.0', [component, web]));
  expect(await runner.pass(state)).toEqual({ kind: 'done' });
  install.cloud.calls.length = 0;
  const later = async (hours: number) => {
    install.clock.set(new Date(install.clock.now().getTime() + hours * hour).toISOString());
    return runner.pass(state);
  };
  const drifted = () =>
    runner.reconciler
      .status()
      .components.find(({ name }) => name === 'bucket')
      ?.conditions.find(({ type }) => type === 'Drifted')?.message;
  return { runner, state, later, drifted };
};
const looks = (): number => install.cloud.calls.filter((call) => call === 'refresh').length;

describe('what others change of a Terraform component', () => {
  it('is looked for once a day, told by address and attribute, and left as it is', async () => {
    const { runner, later, drifted } = await begin(bucket());
    install.cloud.drifted = ['aws_s3_bucket.events'];
    await later(1);
    expect(looks()).toBe(0);
    await later(24);
    expect(looks()).toBe(1);
    expect(drifted()).toBe('changed by others: aws_s3_bucket.events (tags)');
    expect(runner.events).toContain('TerraformDrifted bucket');
    expect(install.cloud.calls).not.toContain('apply');
    await later(1);
    expect(looks()).toBe(1);
    expect(runner.events.filter((event) => event === 'TerraformDrifted bucket')).toHaveLength(1);
  });

  it('wakes the runner when the next look is due, and not before', async () => {
    const { runner, later } = await begin(bucket({ driftEveryMinutes: 30 }));
    await later(0);
    const due = runner.reconciler.wakeAt()?.getTime() ?? 0;
    const minutes = (due - install.clock.now().getTime()) / 60_000;
    expect(minutes).toBeGreaterThan(25);
    expect(minutes).toBeLessThanOrEqual(30);
  });

  it('is put back where the component says so', async () => {
    const { later, drifted } = await begin(bucket({ drift: 'correct' }));
    install.cloud.drifted = ['aws_s3_bucket.events'];
    await later(25);
    expect(install.cloud.calls).toContain('apply');
    expect(install.cloud.drifted).toEqual([]);
    expect(drifted()).toBeUndefined();
  });

  it('is put back as often as the install says, where the component says nothing', async () => {
    const terraformDrift = { mode: 'correct', everyMinutes: 60 } as const;
    const over = { install: { ...install.facts, terraformDrift } };
    const { later } = await begin(bucket(), over);
    install.cloud.drifted = ['aws_s3_bucket.events'];
    await later(1.1);
    expect(install.cloud.calls).toContain('apply');
    expect(install.cloud.drifted).toEqual([]);
  });

  it('again and again is put back a few times, and then left for a day, and told once', async () => {
    const { runner, later, drifted, state } = await begin(bucket({ drift: 'correct', driftEveryMinutes: 60 }));
    const applies = (): number => install.cloud.calls.filter((call) => call === 'apply').length;
    const stalled = (of: Awaited<ReturnType<FakeInstall['startRunner']>>) =>
      of.reconciler.status().conditions.find(({ type }) => type === 'Stalled')?.reason;
    for (let times = 0; times < 5; times++) {
      install.cloud.drifted = ['aws_s3_bucket.events'];
      await later(1.1);
    }
    expect(applies()).toBe(3);
    expect(drifted()).toBe('changed by others: aws_s3_bucket.events (tags)');
    expect(runner.events.filter((event) => event === 'DriftContested bucket')).toHaveLength(1);
    expect(stalled(runner)).toBe('DriftContested');
    // Another runner does not begin the war anew.
    const next = await install.startRunner();
    await next.pass(state);
    expect([applies(), stalled(next)]).toEqual([3, 'DriftContested']);
    install.clock.set(new Date(install.clock.now().getTime() + 25 * hour).toISOString());
    await next.pass(state);
    expect([applies(), stalled(next)]).toEqual([4, undefined]);
  });

  it('is only told where the component says so, whatever the install says', async () => {
    const terraformDrift = { mode: 'correct', everyMinutes: 60 } as const;
    const over = { install: { ...install.facts, terraformDrift } };
    const { later, drifted } = await begin(bucket({ drift: 'warn' }), over);
    install.cloud.drifted = ['aws_s3_bucket.events'];
    await later(1.1);
    expect(install.cloud.calls).not.toContain('apply');
    expect(drifted()).toBe('changed by others: aws_s3_bucket.events (tags)');
  });

  it('is not looked for where it says off', async () => {
    const { runner, later } = await begin(bucket({ drift: 'off' }));
    install.cloud.drifted = ['aws_s3_bucket.events'];
    await later(100);
    expect(looks()).toBe(0);
    expect(runner.reconciler.wakeAt()).toBeNull();
  });

  it('is looked for again by the next runner only when it is due', async () => {
    const { state, later } = await begin(bucket());
    await later(25);
    expect(looks()).toBe(1);
    await (await install.startRunner()).pass(state);
    expect(looks()).toBe(1);
  });

  it('is no reason to say that anything is broken when the look itself fails', async () => {
    const { runner, later } = await begin(bucket());
    const key = [...install.cloud.applied.keys()][0] ?? '';
    install.cloud.locks.set(key, { id: 'x', who: 'somebody@laptop', operation: 'plan', created: install.clock.now() });
    expect(await later(25)).toEqual({ kind: 'done' });
    expect(runner.events).toContain('DriftUnknown bucket');
    expect(runner.reconciler.status().state).toBe('Running');
  });
});

describe('a Terraform component that leaves the product', () => {
  const without = () => install.accept(install.release('1.1.0', [web]));

  it('leaves what it made, unless it says otherwise', async () => {
    const { runner } = await begin(bucket());
    expect(await runner.pass(without())).toEqual({ kind: 'done' });
    expect(install.cloud.applied.size).toBe(1);
    expect(runner.events).toContain('TerraformLeft bucket');
  });

  it('is destroyed by the very plan that the customer has approved, and not before', async () => {
    const { runner } = await begin(bucket({ onRemove: 'destroy' }));
    const next = without();
    const asked = await runner.pass(next);
    expect(asked).toMatchObject({ kind: 'waiting', reason: 'ApprovalNeeded', details: { component: 'bucket' } });
    expect(install.cloud.applied.size).toBe(1);
    const planDigest = asked !== 'killed' && asked.kind === 'waiting' ? asked.details?.planDigest : undefined;
    install.policy.now = runnerPolicySchema.parse({ approvals: [{ component: 'bucket', planDigest }] });
    expect(await runner.pass(next)).toEqual({ kind: 'done' });
    expect(install.cloud.applied.size).toBe(0);
    expect(runner.events).toContain('TerraformDestroyed bucket');
  });

  it('stays where the customer’s policy says so, whatever the product says', async () => {
    const { runner } = await begin(bucket({ onRemove: 'destroy' }));
    install.policy.now = runnerPolicySchema.parse({ terraform: { onRemove: 'keep' } });
    expect(await runner.pass(without())).toEqual({ kind: 'done' });
    expect(install.cloud.applied.size).toBe(1);
  });
});

describe('a module that would take its state away', () => {
  it('is refused with its release, and what the one before made stays as it is', async () => {
    const { runner } = await begin(bucket());
    const release = install.release('1.1.0', [bucket({}, { files: { 'zz_override.tf': '' } }), web]);
    await runner.pass(install.accept(release));
    expect(runner.reconciler.status().denied[0]).toMatchObject({
      version: '1.1.0',
      reason: expect.stringMatching(/LF-RUNNER-167.*the module of bucket holds zz_override\.tf/),
    });
    expect(install.cloud.calls).not.toContain('plan');
    expect([...install.cloud.applied.values()]).toMatchObject([
      { module: { resources: { 'aws_s3_bucket.events': { name: 'events' } } } },
    ]);
  });

  it('and was let in by an older runner stays with all that it made: a look for drift and its removal say why', async () => {
    const files: Record<string, string> = {};
    const { runner, later } = await begin(bucket({ onRemove: 'destroy' }, { files }));
    files['override.tf'] = '';
    expect(await later(25)).toEqual({ kind: 'done' });
    expect(runner.events).toContain('DriftUnknown bucket');
    expect(runner.reconciler.status().denied).toEqual([]);
    expect(await runner.pass(install.accept(install.release('1.1.0', [web])))).toEqual({ kind: 'done' });
    expect(runner.events).toContain('TerraformLeft bucket');
    expect(runner.events).not.toContain('TerraformDestroyed bucket');
    expect(install.cloud.applied.size).toBe(1);
  });
});

describe('a plan outside the customer’s limits', () => {
  it('waits, nothing of it is applied, and it goes on once the policy lets it', async () => {
    const runner = await install.startRunner();
    install.policy.now = runnerPolicySchema.parse({ terraform: { allowedTypes: ['aws_sqs_queue'] } });
    const state = install.accept(install.release('1.0.0', [bucket(), web]));
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'PlanNotAllowed' });
    expect(install.cloud.applied.size).toBe(0);
    expect(runner.reconciler.status().denied).toEqual([]);
    install.policy.now = runnerPolicySchema.parse({ terraform: { allowedTypes: ['aws_s3_*'] } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.cloud.applied.size).toBe(1);
  });
});
