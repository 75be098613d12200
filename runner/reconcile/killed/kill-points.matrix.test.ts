import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError } from '../../../contract/index.ts';
import type { AcceptedState } from '../../ports.ts';
import { markFailed } from '../../components/helm/release-secrets.ts';
import { type EffectKind, effectKinds, oneFencedWrite, type KillAt } from '../../effects/index.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../../testing/index.ts';
import { shopKind } from '../../testing/shop-kind.ts';

const bucket = (outputs: string): FakeComponent => ({
  name: 'bucket',
  module: { outputs: { bucketName: outputs } },
  outputs: ['bucketName'],
});
const broker: FakeComponent = { name: 'broker', chart: { deployments: ['broker'] } };
const gateway = (more: object): FakeComponent => ({
  name: 'gateway',
  dependsOn: ['bucket'],
  chart: { deployments: ['gateway'], ...more },
  values: { bucket: '${components.bucket.outputs.bucketName}' },
});

const config = (name: string, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { value },
});
const settings = (version: string, ...names: string[]): FakeComponent => ({
  name: 'settings',
  objects: [
    shopKind('Topic'),
    { apiVersion: 'shop.example/v1', kind: 'Topic', metadata: { name: 'orders' }, spec: { version } },
    ...names.map((name) => config(name, version)),
  ],
});
const migrate = (version: string): FakeComponent => ({
  name: 'migrate',
  job: { spec: { containers: [{ name: 'm', image: 'shop.example/migrate:1', args: [version] }] } },
});

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

type Row = {
  prepare: (install: FakeInstall) => Promise<AcceptedState>;
  deployments: string[];
  version: string;
  /** What else must be so in the end. */
  holds?: (install: FakeInstall) => void;
};

const first = (install: FakeInstall) => install.accept(install.release('1.0.0', [bucket('a'), broker, gateway({})]));
const ready = async (install: FakeInstall): Promise<AcceptedState> => {
  const state = first(install);
  const runner = await install.startRunner();
  expect(await runner.pass(state)).toEqual({ kind: 'done' });
  return state;
};
const upgrade: Row = {
  prepare: async (install) => {
    await ready(install);
    return install.accept(install.release('1.1.0', [bucket('b'), gateway({ deployments: ['gateway', 'extra'] })]));
  },
  deployments: ['extra', 'gateway'],
  version: '1.1.0',
};
const taken: Row = {
  prepare: async (install) => {
    await ready(install);
    return install.accept(
      install.release('1.2.0', [bucket('a'), broker, gateway({ deployments: ['gateway', 'extra'], ready: false })]),
    );
  },
  deployments: ['broker', 'gateway'],
  version: '1.0.0',
};
const locked: Row = {
  ...upgrade,
  prepare: async (install) => {
    const state = await upgrade.prepare(install);
    const dying = await install.startRunner({ killAt: { kind: 'terraform-apply', when: 'during' } });
    expect(await dying.pass(state)).toBe('killed');
    expect(install.cloud.lockedBy).not.toBeNull();
    return state;
  },
};

/** The bucket did not take the state at the end of an apply. */
const unwritten: Row = {
  ...upgrade,
  prepare: async (install) => {
    const state = await upgrade.prepare(install);
    install.cloud.stateUploadFails = true;
    const runner = await install.startRunner();
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'Temporary' });
    return state;
  },
  holds: ({ cloud }) => {
    // Made once, known by its state, and not made again.
    expect(cloud.calls.filter((call) => call === 'apply')).toHaveLength(2);
    expect(cloud.applied.get('components/bucket/terraform.tfstate')?.module.outputs).toEqual({ bucketName: 'b' });
  },
};

const secretive: Row = {
  prepare: async (install) => {
    const module = { outputs: { bucketName: 'a', password: 'hunter2' }, sensitive: ['password'] };
    const settings = { outputsSecret: { namespace: 'shop', name: 'bucket' } };
    const outputs = ['bucketName', 'password'];
    return install.accept(
      install.release('1.0.0', [{ name: 'bucket', module, outputs, settings }, broker, gateway({})]),
    );
  },
  deployments: ['broker', 'gateway'],
  version: '1.0.0',
  holds: ({ kubernetes }) => {
    const data = { password: Buffer.from('hunter2').toString('base64') };
    expect(kubernetes.find('Secret', 'bucket')?.['data']).toEqual(data);
  },
};

/** One object stays and changes, one goes, one comes; and a job that runs once for each version. */
const replaced: Row = {
  prepare: async (install) => {
    const before = [bucket('a'), broker, gateway({}), settings('one', 'stays', 'goes'), migrate('one')];
    const runner = await install.startRunner();
    expect(await runner.pass(install.accept(install.release('1.0.0', before)))).toEqual({ kind: 'done' });
    const after = [bucket('a'), broker, gateway({}), settings('two', 'stays', 'comes'), migrate('two')];
    return install.accept(install.release('1.1.0', after));
  },
  deployments: ['broker', 'gateway'],
  version: '1.1.0',
  holds: ({ kubernetes }) => {
    const configs = kubernetes.all('ConfigMap').filter(({ metadata }) => metadata.namespace === 'shop');
    expect(configs.map(({ metadata, data }) => [metadata.name, data])).toEqual([
      ['stays', { value: 'two' }],
      ['comes', { value: 'two' }],
    ]);
    expect(kubernetes.find('Topic', 'orders')?.['spec']).toEqual({ version: 'two' });
    const runs = kubernetes.all('Job').map(({ spec }) => JSON.stringify(spec));
    expect(runs.filter((run) => run.includes('"one"'))).toHaveLength(1);
    expect(runs.filter((run) => run.includes('"two"'))).toHaveLength(1);
    expect(runs.every((run) => run.includes('ttlSecondsAfterFinished'))).toBe(true);
  },
};

/** Its first install was cut off when it had made everything; the next one wants less. */
const begunTwice: Row = {
  prepare: async (install) => {
    const more = gateway({ deployments: ['gateway', 'extra'] });
    const runner = await install.startRunner();
    await runner.pass(install.accept(install.release('1.0.0', [bucket('a'), broker, more])));
    await markFailed(install.kubernetes, { namespace: 'shop', releaseName: 'gateway' }, 1, AbortSignal.timeout(5_000));
    return install.accept(install.release('1.1.0', [bucket('a'), broker, gateway({ installHook: 'seeded' })]));
  },
  deployments: ['broker', 'gateway'],
  version: '1.1.0',
  holds: ({ kubernetes, helmHistory }) => {
    expect(kubernetes.find('ConfigMap', 'seeded')).toBeDefined();
    // Killed in the very middle, it was installed once more.
    expect(helmHistory('gateway')).toEqual([expect.stringMatching(/^[23] deployed$/)]);
  },
};

const topics = shopKind('Topic');
/** A chart that brings definitions, has tests, and holds a Deployment that must be made anew. */
const demanding: Row = {
  prepare: async (install) => {
    await ready(install);
    const { kubernetes } = install;
    kubernetes.before = ({ verb, kind, name }) => {
      if (verb !== 'dry-run' || name !== 'gateway' || kubernetes.find(kind, name) === undefined) return;
      throw new LandfallError('LF-RUNNER-001', 'spec.selector is immutable', { details: { status: 422 } });
    };
    const chart = { ...gateway({ crds: [topics], unchangeable: 'gateway' }), settings: { force: true, test: {} } };
    return install.accept(install.release('1.1.0', [bucket('a'), broker, chart]));
  },
  deployments: ['broker', 'gateway'],
  version: '1.1.0',
  holds: ({ kubernetes, helm }) => {
    expect(kubernetes.find('CustomResourceDefinition', 'topics.shop.example')).toBeDefined();
    expect(helm.calls).toContain('test gateway');
  },
};

/** Over 300 lines: one row per kind of effect, and what each begins from. `elsewhere`: the file whose tests kill there. */
const rows: Record<EffectKind, Row | { elsewhere: string }> = {
  enrol: { elsewhere: 'runner/channel' },
  'mirror-copy': { elsewhere: 'runner/mirror' },
  'mirror-remove': { elsewhere: 'runner/mirror' },
  'pull-secret': { elsewhere: 'runner/pull-secrets' },
  'secret-keep': { elsewhere: 'runner/secrets' },
  'secret-remove': { elsewhere: 'runner/secrets' },
  'account-grant': { elsewhere: 'runner/accounts' },
  'account-revoke': { elsewhere: 'runner/accounts' },
  'rights-request': { elsewhere: 'runner/accounts' },
  'store-accepted': { elsewhere: 'runner/channel' },
  'entity-list': { elsewhere: 'runner/entities' },
  'entity-record': { elsewhere: 'runner/entities' },
  'entity-secret': { elsewhere: 'runner/entities' },
  'entity-remove': { elsewhere: 'runner/entities' },
  'ending-access-entry': { elsewhere: 'runner/ending' },
  'ending-role-policies': { elsewhere: 'runner/ending' },
  'ending-role': { elsewhere: 'runner/ending' },
  'namespace-create': {
    prepare: async (install) => first(install),
    deployments: ['broker', 'gateway'],
    version: '1.0.0',
  },
  'helm-install': { prepare: async (install) => first(install), deployments: ['broker', 'gateway'], version: '1.0.0' },
  'helm-prune': begunTwice,
  'helm-upgrade': upgrade,
  'helm-uninstall': upgrade,
  'helm-rollback': taken,
  'helm-unlock': {
    ...upgrade,
    prepare: async (install) => {
      const state = await upgrade.prepare(install);
      const dying = await install.startRunner({ killAt: { kind: 'helm-upgrade', when: 'during' } });
      expect(await dying.pass(state)).toBe('killed');
      expect(install.helmHistory('gateway')).toContain('2 pending-upgrade');
      return state;
    },
  },
  'helm-repair': {
    prepare: async (install) => {
      const state = await ready(install);
      await install.kubernetes.delete({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'gateway',
      });
      return state;
    },
    deployments: ['broker', 'gateway'],
    version: '1.0.0',
  },
  'helm-crds': demanding,
  'helm-recreate': demanding,
  'helm-test': demanding,
  'manifests-apply': replaced,
  'manifests-prune': replaced,
  'job-create': replaced,
  'job-expire': replaced,
  'workload-restart': { elsewhere: 'below' },
  'remedy-attachment': { elsewhere: 'runner/reconcile/remedies.test.ts' },
  'remedy-pod': { elsewhere: 'runner/reconcile/remedies.test.ts' },
  'remedy-job': { elsewhere: 'runner/reconcile/remedies.test.ts' },
  'runner-move': { elsewhere: 'runner/base' },
  'terraform-init': upgrade,
  'terraform-plan': upgrade,
  'terraform-apply': upgrade,
  'terraform-unlock': locked,
  'terraform-rescue': unwritten,
  'terraform-outputs': secretive,
  'store-component': upgrade,
  'store-transition': upgrade,
  'store-last-good': upgrade,
  'store-status': upgrade,
};

const moments: KillAt['when'][] = ['before', 'during', 'after'];
const here = effectKinds.flatMap((kind) => {
  const row = rows[kind];
  return 'elsewhere' in row ? [] : moments.map((when) => ({ kind, when, row }));
});
const again = moments.map((when) => ({ kind: 'helm-install' as const, when, row: begunTwice }));

describe('a runner killed at an effect', () => {
  it.each([...here, ...again])('$kind, $when: the next one reaches the same end', async ({ kind, when, row }) => {
    const state = await row.prepare(install);
    const dying = await install.startRunner({ killAt: { kind, when } });
    expect(await dying.pass(state)).toBe('killed');

    const next = await install.startRunner();
    const interrupted = next.journal.entries().some((entry) => entry.kind === kind && entry.state === 'interrupted');
    expect(interrupted).toBe(!oneFencedWrite.has(kind));
    let result = await next.pass(state);
    for (let again = 0; again < 5 && result !== 'killed' && result.kind === 'waiting'; again++)
      result = await next.pass(state);
    expect(result).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(row.deployments);
    const status = next.reconciler.status();
    expect(status.observed?.version).toBe(row.version);
    expect(status.state).toBe('Running');
    expect(status.denied.map((item) => item.version)).toEqual(row === taken ? ['1.2.0'] : []);
    for (const name of ['gateway', 'broker']) expect(install.helmHistory(name).join()).not.toContain('pending');
    expect(install.cloud.lockedBy).toBeNull();
    row.holds?.(install);
  });

  it('workload-restart: the same request again is the same restart', async () => {
    await ready(install);
    const never = new AbortController().signal;
    const dying = await install.startRunner({ killAt: { kind: 'workload-restart', when: 'after' } });
    void dying.reconciler.restart('gateway', 'r1', never);
    await expect.poll(() => install.kubernetes.find('Deployment', 'gateway')?.metadata.generation).toBe(2);
    const next = await install.startRunner();
    await next.reconciler.restart('gateway', 'r1', never);
    expect(JSON.stringify(install.kubernetes.find('Deployment', 'gateway')?.['spec'])).toContain(
      '"landfall.dev/restart":"r1"',
    );
  });
});

describe('a runner that was frozen and is no longer the owner', () => {
  it('cannot write any more: the fence of the newer lease refuses it', async () => {
    const state = await ready(install);
    const old = await install.startRunner();
    await old.pass(state);
    const newer = await install.startRunner();
    await newer.pass(state);
    await expect(old.store.put('journal', {}, 'x')).rejects.toMatchObject({ code: 'LF-RUNNER-003' });
    const wanted = install.accept(install.release('9.0.0', [gateway({ deployments: ['evil'] })]));
    await expect(old.pass(wanted)).rejects.toMatchObject({ code: 'LF-RUNNER-003' });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
  });
});
