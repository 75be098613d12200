import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

type Outcome = 'succeeds' | 'fails' | 'hangs';
const migrate = (arg: string, outcome: Outcome = 'succeeds', settings: JsonObject = {}): FakeComponent => ({
  name: 'migrate',
  job: {
    metadata: { annotations: { 'test/outcome': outcome } },
    spec: { containers: [{ name: 'm', image: 'shop.example/migrate:1', args: [arg] }] },
  },
  settings,
});
const web = (...deployments: string[]): FakeComponent => ({
  name: 'web',
  dependsOn: ['migrate'],
  chart: { deployments },
});
const broken: FakeComponent = { name: 'web', dependsOn: ['migrate'], chart: { deployments: ['web'], ready: false } };

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const goTo = async (version: string, components: FakeComponent[], inputs: JsonObject = {}) => {
  const runner = await install.startRunner();
  const state = install.accept(install.release(version, components), { inputs });
  return { runner, state, result: await runner.pass(state) };
};
/** The argument of each Job that was ever created, in order. */
const runs = (): unknown[] =>
  install.kubernetes.all('Job').map(({ spec }) => JSON.parse(JSON.stringify(spec)).template.spec.containers[0].args[0]);
const finish = async (type: 'Complete' | 'Failed'): Promise<void> => {
  for (const job of install.kubernetes.all('Job')) {
    const patch = { status: { conditions: [{ type, status: 'True', reason: 'Test', message: 'ended' }] } };
    if (!JSON.stringify(job['status']).includes('True')) {
      await install.kubernetes.patch({ ...job, ...job.metadata }, patch);
    }
  }
};

describe('a job', () => {
  it('runs before what depends on it, pinned and marked, and is told as done', async () => {
    const { runner, result } = await goTo('1.0.0', [web('web'), migrate('one')]);
    expect(result).toEqual({ kind: 'done' });
    expect(runner.events.indexOf('JobStarted migrate')).toBeLessThan(runner.events.indexOf('HelmInstall web'));
    const [job] = install.kubernetes.all('Job');
    expect(job).toMatchObject({
      metadata: { namespace: 'shop', labels: { 'landfall.dev/component': 'migrate' } },
      spec: { backoffLimit: 0, activeDeadlineSeconds: 600, ttlSecondsAfterFinished: 86_400 },
    });
    expect(JSON.stringify(job)).toMatch(/"image":"mirror\.test\/lf\/[^"]+@sha256:/);
    expect(JSON.stringify(job)).toContain('"restartPolicy":"Never"');
    const status = runner.reconciler.status().components.find(({ name }) => name === 'migrate');
    expect(status).toMatchObject({ state: 'Running', conditions: [{ type: 'Ready', reason: 'Completed' }] });
  });

  it('is not run again for the same inputs, by no runner and in no release', async () => {
    const { runner, state } = await goTo('1.0.0', [migrate('one')]);
    await runner.pass(state);
    await (await install.startRunner()).pass(state);
    await goTo('1.1.0', [migrate('one'), web('web')]);
    await goTo('1.2.0', [migrate('two')]);
    await goTo('1.3.0', [migrate('one')]);
    expect(runs()).toEqual(['one', 'two']);
  });

  it('is run again when what its expressions give has changed', async () => {
    await goTo('1.0.0', [migrate('${inputs.size}')], { size: 'small' });
    await goTo('1.1.0', [migrate('${inputs.size}')], { size: 'large' });
    expect(runs()).toEqual(['small', 'large']);
  });

  it('with runOn: release is run once in each, whatever the inputs', async () => {
    const each = migrate('${inputs.size}', 'succeeds', { runOn: 'release' });
    await goTo('1.0.0', [each], { size: 'small' });
    await goTo('1.0.0', [each], { size: 'large' });
    expect(runs()).toEqual(['small']);
    await goTo('1.1.0', [each], { size: 'large' });
    expect(runs()).toEqual(['small', 'large']);
  });

  it('that has gone by its time to live is still remembered', async () => {
    const { runner, state } = await goTo('1.0.0', [migrate('one')]);
    for (const job of install.kubernetes.all('Job')) await install.kubernetes.delete({ ...job, ...job.metadata });
    await runner.pass(state);
    await goTo('1.1.0', [migrate('one'), web('web')]);
    expect(runs()).toEqual([]);
  });

  it('keeps the end of what it wrote in the log', async () => {
    const lines: string[] = [];
    const events = { event: () => undefined, componentState: () => undefined };
    const log = (_: string, message: string): void => void lines.push(message);
    const runner = await install.startRunner({ over: { events: { ...events, log } } });
    const state = install.accept(install.release('1.0.0', [migrate('one', 'hangs')]));
    install.clock.hold();
    const passing = runner.pass(state);
    await expect.poll(() => install.kubernetes.all('Job').length).toBe(1);
    const name = install.kubernetes.all('Job')[0]?.metadata.name ?? '';
    const labels = { 'batch.kubernetes.io/job-name': name };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop', labels } };
    await install.kubernetes.create({ ...pod, spec: { containers: [{ name: 'm' }] } });
    install.kubernetes.podLogs.set('p', 'table made\nrows moved\n');
    await finish('Complete');
    install.clock.go();
    expect(await passing).toEqual({ kind: 'done' });
    expect(lines).toEqual(expect.arrayContaining(['table made', 'rows moved']));
  });

  it('that reaches into a namespace of Kubernetes, or has an image that is not pinned, is refused', async () => {
    const runner = await install.startRunner();
    for (const [version, component, reason] of [
      ['1.0.0', migrate('one', 'succeeds', { namespace: 'kube-system' }), /LF-RUNNER-071/],
      ['1.0.1', migrate('one', 'succeeds', { images: [] }), /LF-RUNNER-006/],
    ] as const) {
      await runner.pass(install.accept(install.release(version, [component])));
      expect(runner.reconciler.status().denied.at(-1)?.reason).toMatch(reason);
    }
    expect(runs()).toEqual([]);
  });
});

describe('a job that fails', () => {
  it('takes the release back; itself it does not go back, and that is said', async () => {
    await goTo('1.0.0', [migrate('one'), web('web')]);
    const { runner, state, result } = await goTo('1.1.0', [migrate('two', 'fails'), web('web', 'more')]);
    expect(result).toEqual({ kind: 'done' });
    const status = runner.reconciler.status();
    expect(status.denied.at(-1)).toMatchObject({ version: '1.1.0', reason: expect.stringMatching(/it fails/) });
    expect(install.deployments()).toEqual(['web']);
    expect(conditionsOf(status)).toMatchObject({ Stalled: 'True PartiallyRolledBack' });
    await runner.pass(state);
    await (await install.startRunner()).pass(state);
    expect(runs()).toEqual(['one', 'two']);
  });

  it('is tried again with the next release', async () => {
    await goTo('1.0.0', [migrate('one', 'fails')]);
    await goTo('1.0.1', [migrate('one', 'fails')]);
    expect(runs()).toEqual(['one', 'one']);
  });

  it('because it never ends: when even the cluster does not end it', async () => {
    const { runner } = await goTo('1.0.0', [migrate('one', 'hangs', { timeoutSeconds: 5 })]);
    expect(runner.reconciler.status().denied.at(-1)?.reason).toMatch(/did not end in its time/);
  });
});

describe('a job that has run for a release that is taken back', () => {
  it('is named as what has moved; once its own release is wanted again it is not run a second time', async () => {
    await goTo('1.0.0', [migrate('one'), web('web')]);
    const { runner } = await goTo('1.1.0', [migrate('two'), broken]);
    const status = runner.reconciler.status();
    expect(conditionsOf(status)['Stalled']).toBe('True PartiallyRolledBack');
    expect(JSON.stringify(status.conditions)).toContain('migrate did not go back');
    const { result } = await goTo('1.2.0', [migrate('two'), web('web')]);
    expect(result).toEqual({ kind: 'done' });
    expect(runs()).toEqual(['one', 'two']);
  });

  it('also when only that release had it', async () => {
    await goTo('1.0.0', [{ name: 'web', chart: { deployments: ['web'] } }]);
    const { runner } = await goTo('1.1.0', [migrate('two'), broken]);
    expect(runner.events).toContain('JobLeft migrate');
    await goTo('1.2.0', [migrate('two'), web('web')]);
    expect(runs()).toEqual(['two']);
  });
});

describe('a job under way', () => {
  it('is found again by the next runner, and not run beside itself', async () => {
    const state = install.accept(install.release('1.0.0', [migrate('one', 'hangs')]));
    const dying = await install.startRunner({ killAt: { kind: 'job-create', when: 'during' } });
    expect(await dying.pass(state)).toBe('killed');
    const next = await install.startRunner();
    const passing = next.pass(state);
    await finish('Complete');
    expect(await passing).toEqual({ kind: 'done' });
    expect(runs()).toEqual(['one']);
  });

  it('is waited for when a newer release has another one', async () => {
    const runner = await install.startRunner();
    install.clock.hold();
    const passing = runner.pass(install.accept(install.release('1.0.0', [migrate('one', 'hangs')])));
    await expect.poll(() => runs()).toEqual(['one']);
    runner.superseded.abort();
    expect(await passing).toEqual({ kind: 'superseded' });
    const second = await install.startRunner();
    const next = second.pass(install.accept(install.release('1.1.0', [migrate('two')])));
    await expect.poll(() => JSON.stringify(second.reconciler.status())).toContain('an earlier run has not ended yet');
    expect(runs()).toEqual(['one']);
    await finish('Complete');
    install.clock.go();
    expect(await next).toEqual({ kind: 'done' });
    expect(runs()).toEqual(['one', 'two']);
  });
});
