import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const bucket = (more: object = {}): FakeComponent => ({
  name: 'bucket',
  module: { outputs: { bucketName: 'lf-acme-events' }, ...more },
  outputs: ['bucketName'],
});
const broker = (more: object = {}): FakeComponent => ({ name: 'broker', chart: { deployments: ['broker'], ...more } });
const gateway = (more: object = {}): FakeComponent => ({
  name: 'gateway',
  dependsOn: ['bucket', 'broker'],
  chart: { deployments: ['gateway'], ...more },
  values: { bucket: '${components.bucket.outputs.bucketName}' },
});

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

async function installed(components = [bucket(), broker(), gateway()]) {
  const runner = await install.startRunner();
  const v1 = install.accept(install.release('1.0.0', components));
  expect(await runner.pass(v1)).toEqual({ kind: 'done' });
  return { runner, v1 };
}

describe('a release that works', () => {
  it('is installed in dependency order and then runs', async () => {
    const { runner } = await installed([gateway(), broker(), bucket()]);
    expect(install.helm.calls).toEqual(['upgrade broker', 'upgrade gateway']);
    expect(install.cloud.calls).toEqual(['init', 'plan', 'apply']);
    const status = runner.reconciler.status();
    expect(status.state).toBe('Running');
    expect(status.observed?.version).toBe('1.0.0');
    expect(conditionsOf(status)).toEqual({ Ready: 'True Applied' });
    expect(install.kubernetes.find('Deployment', 'gateway')?.['spec']).toMatchObject({
      values: { bucket: 'lf-acme-events' },
    });
  });

  it('costs no engine and no write when nothing has changed', async () => {
    const { runner, v1 } = await installed();
    install.helm.calls.length = 0;
    install.cloud.calls.length = 0;
    install.kubernetes.calls.length = 0;
    expect(await runner.pass(v1)).toEqual({ kind: 'done' });
    expect(install.helm.calls).toEqual([]);
    expect(install.cloud.calls).toEqual([]);
    expect(install.kubernetes.calls.filter((call) => call.verb !== 'get' && call.verb !== 'list')).toEqual([]);
  });

  it('also costs nothing for a runner that has just started', async () => {
    const { v1 } = await installed();
    install.helm.calls.length = 0;
    install.cloud.calls.length = 0;
    const second = await install.startRunner();
    expect(await second.pass(v1)).toEqual({ kind: 'done' });
    expect([...install.helm.calls, ...install.cloud.calls]).toEqual([]);
  });

  it('replaces the one before; what is unchanged is not touched', async () => {
    const { runner } = await installed();
    install.helm.calls.length = 0;
    await runner.pass(
      install.accept(install.release('1.1.0', [bucket(), broker(), gateway({ deployments: ['gateway', 'extra'] })])),
    );
    expect(install.helm.calls).toEqual(['upgrade gateway']);
    expect(install.deployments()).toEqual(['broker', 'extra', 'gateway']);
    expect(runner.reconciler.status().observed?.version).toBe('1.1.0');
    expect(runner.reconciler.status().components.map((component) => component.version)).toEqual([
      '1.1.0',
      '1.1.0',
      '1.1.0',
    ]);
  });

  it('drops Helm components it no longer has, and leaves Terraform ones by name', async () => {
    const { runner } = await installed();
    await runner.pass(
      install.accept(install.release('2.0.0', [{ name: 'gateway', chart: { deployments: ['gateway'] } }])),
    );
    expect(install.deployments()).toEqual(['gateway']);
    expect(install.cloud.applied.size).toBe(1);
    expect(runner.events).toContain('TerraformLeft bucket');
  });
});

describe('a release that fails', () => {
  const broken: [string, FakeComponent[]][] = [
    ['never gets healthy', [bucket(), broker({ deployments: ['broker', 'b2'] }), gateway({ ready: false })]],
    ['cannot be applied', [bucket(), broker({ deployments: ['broker', 'b2'] }), gateway({ fails: true })]],
    [
      'has a hook that runs out of time',
      [bucket(), broker({ deployments: ['broker', 'b2'] }), gateway({ hookFails: true })],
    ],
    [
      'names an output that is not there',
      [
        bucket({ outputs: {} }),
        broker({ deployments: ['broker', 'b2'] }),
        { name: 'new', chart: { deployments: ['n'] }, values: { x: '${components.nope.outputs.o}' } },
      ],
    ],
    [
      'brings a new component that fails',
      [
        bucket(),
        broker({ deployments: ['broker', 'b2'] }),
        gateway(),
        { name: 'new', dependsOn: ['gateway'], chart: { deployments: ['new'], ready: false } },
      ],
    ],
  ];
  it.each(broken)('because it %s: everything goes back, and it is not tried again', async (_, components) => {
    const { runner } = await installed();
    const bad = install.accept(
      install.release('1.2.0', components.filter((component) => component.name !== 'bucket').concat(bucket())),
    );
    expect(await runner.pass(bad)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
    const status = runner.reconciler.status();
    expect(status.state).toBe('Running');
    expect(status.observed?.version).toBe('1.0.0');
    expect(status.denied.map((item) => item.version)).toEqual(['1.2.0']);
    expect(conditionsOf(status)).toEqual({ Ready: 'True Applied', Stalled: 'True ReleaseDenied' });
    install.helm.calls.length = 0;
    expect(await runner.pass(bad)).toEqual({ kind: 'done' });
    expect(install.helm.calls).toEqual([]);
  });

  it('goes back by `helm rollback`, last component first', async () => {
    const { runner } = await installed();
    install.helm.calls.length = 0;
    await runner.pass(
      install.accept(
        install.release('1.2.0', [bucket(), broker({ deployments: ['broker', 'b2'] }), gateway({ ready: false })]),
      ),
    );
    expect(install.helm.calls).toEqual([
      'upgrade broker',
      'upgrade gateway',
      'rollback gateway 1',
      'rollback broker 1',
    ]);
    expect(install.helmHistory('gateway')).toEqual(['1 superseded', '2 superseded', '3 deployed']);
  });

  it('is tried again with other inputs, and a later release goes through', async () => {
    const { runner } = await installed();
    const bad = install.release('1.2.0', [bucket(), broker(), gateway({ ready: false })]);
    await runner.pass(install.accept(bad));
    install.helm.calls.length = 0;
    await runner.pass(install.accept(bad, { inputs: { replicas: 3 } }));
    expect(install.helm.calls).toEqual(['upgrade gateway', 'rollback gateway 3']);
    expect(
      await runner.pass(
        install.accept(install.release('1.3.0', [bucket(), broker(), gateway({ deployments: ['gateway3'] })])),
      ),
    ).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().observed?.version).toBe('1.3.0');
    expect(conditionsOf(runner.reconciler.status())).toEqual({ Ready: 'True Applied' });
  });

  it('names what is forward-only and has moved, and is never Ready then', async () => {
    const { runner } = await installed();
    await runner.pass(
      install.accept(
        install.release('1.2.0', [bucket({ outputs: { bucketName: 'other' } }), broker(), gateway({ ready: false })]),
      ),
    );
    const status = runner.reconciler.status();
    expect(conditionsOf(status)).toEqual({ Ready: 'False PartiallyRolledBack', Stalled: 'True PartiallyRolledBack' });
    expect(status.conditions.find((condition) => condition.type === 'Stalled')?.message).toContain('bucket');
    // The gateway gets the bucket's name as it was.
    expect(install.helmHistory('gateway').at(-1)).toBe('3 deployed');
    expect(install.kubernetes.find('Deployment', 'gateway')?.['spec']).toMatchObject({
      values: { bucket: 'lf-acme-events' },
    });
  });

  it('takes Terraform back too where the component says so', async () => {
    const back = (more: object): FakeComponent => ({
      name: 'bucket',
      module: { outputs: { bucketName: 'a' }, ...more },
      outputs: ['bucketName'],
      rollback: 'previous',
    });
    const { runner } = await installed([back({}), broker(), gateway()]);
    await runner.pass(
      install.accept(
        install.release('1.2.0', [back({ outputs: { bucketName: 'b' } }), broker(), gateway({ ready: false })]),
      ),
    );
    expect([...install.cloud.applied.values()]).toMatchObject([{ module: { outputs: { bucketName: 'a' } } }]);
    expect(conditionsOf(runner.reconciler.status())).toEqual({ Ready: 'True Applied', Stalled: 'True ReleaseDenied' });
  });

  it('is refused before it is applied when its plan would destroy a data store', async () => {
    const { runner } = await installed();
    await runner.pass(
      install.accept(install.release('1.2.0', [bucket({ deletes: 'aws_s3_bucket' }), broker(), gateway()])),
    );
    expect(install.cloud.calls.filter((call) => call === 'apply')).toHaveLength(1);
    expect(runner.reconciler.status().denied[0]?.reason).toContain('LF-RUNNER-010');
    expect(conditionsOf(runner.reconciler.status())['Ready']).toBe('True Applied');
  });

  it('at the first install holds with the reason, and the next release is tried', async () => {
    const runner = await install.startRunner();
    const bad = install.accept(install.release('1.0.0', [broker({ ready: false })]));
    expect(await runner.pass(bad)).toMatchObject({ kind: 'waiting', reason: 'InstallFailed' });
    expect(runner.reconciler.status().state).toBe('Error');
    install.helm.calls.length = 0;
    expect(await runner.pass(bad)).toMatchObject({ kind: 'waiting', reason: 'InstallFailed' });
    expect(install.helm.calls).toEqual([]);
    expect(await runner.pass(install.accept(install.release('1.0.1', [broker()])))).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().state).toBe('Running');
  });
});

describe('what runs is kept running', () => {
  it('puts back a Deployment that was deleted, without an engine and without the mirror', async () => {
    const { runner, v1 } = await installed();
    install.helm.calls.length = 0;
    install.mirrorFaults.ensure = () => {
      throw new LandfallError('LF-OCI-000', 'away', { temporary: true });
    };
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    expect(await runner.pass(v1)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
    expect(install.helm.calls).toEqual([]);
  });

  it('also while a new release cannot be mirrored, which is said', async () => {
    const { runner } = await installed();
    install.mirrorFaults.ensure = () => {
      throw new LandfallError('LF-OCI-000', 'the vendor registry is away', { temporary: true });
    };
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    const result = await runner.pass(
      install.accept(install.release('1.1.0', [bucket(), broker(), gateway({ deployments: ['g2'] })])),
    );
    expect(result).toMatchObject({ kind: 'waiting', reason: 'RegistryUnavailable' });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
    expect(runner.reconciler.status().waitingFor?.message).toContain('the vendor registry is away');
  });

  it('brings a release back that someone removed with helm', async () => {
    const { runner, v1 } = await installed();
    await install.helm.uninstall({ name: 'broker', namespace: 'shop', timeoutMs: 1 });
    await runner.pass(v1);
    expect(install.deployments()).toEqual(['broker', 'gateway']);
  });

  it('goes on from a Helm release that a dead process left pending', async () => {
    const { runner, v1 } = await installed();
    const name = 'sh.helm.release.v1.gateway.v1';
    await install.kubernetes.patch(
      { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name },
      { metadata: { labels: { status: 'pending-upgrade' } } },
    );
    await runner.pass(v1);
    // What was tried is forgotten once the release is whole.
    expect(install.helmHistory('gateway')).toEqual(['2 deployed']);
  });
});
