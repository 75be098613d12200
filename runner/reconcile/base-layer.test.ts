import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runnerPolicySchema } from '../../contract/index.ts';
import type { KillAt } from '../effects/index.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';
import type { FakeBaseModule } from '../testing/fake-base.ts';
import type { AcceptedState } from '../ports.ts';

const group = (name: string, version: string): FakeBaseModule => ({
  [`aws_launch_template.nodes["${name}"]`]: {
    type: 'aws_launch_template',
    values: { name, version, metadata_options: [{ http_tokens: 'required', http_put_response_hop_limit: 1 }] },
  },
  [`aws_eks_node_group.nodes["${name}"]`]: { type: 'aws_eks_node_group', values: { node_group_name: name, version } },
});
const layer = (minor: number, more: FakeBaseModule = {}): FakeBaseModule => ({
  'aws_vpc.vpc[0]': { type: 'aws_vpc', values: { enable_dns_support: true } },
  'aws_nat_gateway.nat["a"]': { type: 'aws_nat_gateway', values: { id: 'nat' } },
  'aws_ecr_repository.repository["old"]': { type: 'aws_ecr_repository', values: { image_tag_mutability: 'IMMUTABLE' } },
  'aws_eks_cluster.cluster[0]': { type: 'aws_eks_cluster', values: { version: `1.${minor}` } },
  'aws_eks_addon.addon-on-nodes["coredns"]': { type: 'aws_eks_addon', values: { addon_name: 'coredns', minor } },
  ...group('general', `1.${minor}`),
  ...group('large', `1.${minor}`),
  ...more,
});
const without = (module: FakeBaseModule, address: string): FakeBaseModule =>
  Object.fromEntries(Object.entries(module).filter(([key]) => key !== address));
const base = (module: FakeBaseModule): FakeComponent => ({ name: 'base', base: module });
const web: FakeComponent = { name: 'web', dependsOn: ['base'], chart: { deployments: ['web'] } };
const repository = 'aws_ecr_repository.repository["old"]';

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
  // As the install left it.
  for (const [address, resource] of Object.entries(layer(34))) install.base.world.there.set(address, resource);
});
afterEach(() => install.dispose());

const releaseOf = (version: string, module: FakeBaseModule): AcceptedState =>
  install.accept(install.release(version, [base(module), web]));
const first = async () => {
  const runner = await install.startRunner();
  expect(await runner.pass(releaseOf('1.0.0', layer(34)))).toEqual({ kind: 'done' });
  expect(install.base.world.applied).toEqual([]);
  return runner;
};
/** Lets runner after runner work, and AWS finish what they began, until it is done. A runner that moves is another one afterwards. */
const until = async (state: AcceptedState, killAt?: KillAt): Promise<{ waits: string[]; killed: boolean }> => {
  const waits: string[] = [];
  let killed = false;
  let runner = await install.startRunner(killAt === undefined ? {} : { killAt });
  for (let i = 0; i < 15; i++) {
    const result = await runner.pass(state);
    if (result === 'killed') {
      killed = true;
      runner = await install.startRunner();
      continue;
    }
    if (result.kind === 'done') return { waits, killed };
    if (result.kind !== 'waiting') throw new Error(result.kind);
    waits.push(result.reason);
    if (result.reason === 'CloudUpdateRunning') install.base.finishUpdates();
    if (result.reason === 'RunnerMoving') runner = await install.startRunner();
  }
  throw new Error(`it does not end: ${waits.join(', ')}`);
};
const approve = (approvals: object[]): void => {
  install.policy.now = runnerPolicySchema.parse({ approvals });
};
const there = (): object => Object.fromEntries([...install.base.world.there].sort(([a], [b]) => (a < b ? -1 : 1)));
const sorted = (module: FakeBaseModule): object =>
  Object.fromEntries(Object.entries(module).sort(([a], [b]) => (a < b ? -1 : 1)));

describe('the base layer as a component of a release', () => {
  it('is taken over as the install left it: an empty plan, and its outputs for others', async () => {
    const runner = await first();
    expect(runner.reconciler.status().components.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'base Running',
      'web Running',
    ]);
    expect(install.base.world.variables).toEqual({ nat: 'single', install_access: 'closed' });
  });

  it('works as the upgrade role, with no credential of it in hand', async () => {
    await first();
    expect(install.base.world.lastEnv).toMatchObject({ AWS_PROFILE: 'landfall-base' });
    expect(JSON.stringify(install.base.world.lastEnv)).not.toMatch(/SECRET|TOKEN|ACCESS_KEY/);
  });

  it('goes up in order: control plane, the other group, the runner moves, its old group, then the add-ons', async () => {
    await first();
    const { waits } = await until(releaseOf('1.1.0', layer(35)));
    expect(waits).toEqual(['RunnerMoving']);
    expect(install.base.world.moves).toEqual(['general']);
    expect(install.base.world.applied).toEqual([
      ['aws_eks_cluster.cluster[0]'],
      ['aws_launch_template.nodes["large"]', 'aws_eks_node_group.nodes["large"] while on general'],
      ['aws_launch_template.nodes["general"]', 'aws_eks_node_group.nodes["general"] while on large'],
      ['aws_eks_addon.addon-on-nodes["coredns"]'],
    ]);
    expect(there()).toEqual(sorted(layer(35)));
  });

  it('goes on where it is when there is room nowhere else, and tries to leave only once', async () => {
    await first();
    install.base.world.roomElsewhere = null;
    await until(releaseOf('1.1.0', layer(35)));
    expect(install.base.world.moves).toEqual(['general']);
    expect(install.base.world.applied[2]).toContain('aws_eks_node_group.nodes["general"] while on general');
  });

  it.each(
    (['terraform-init', 'terraform-plan', 'terraform-apply', 'store-component', 'runner-move'] as const).flatMap(
      (kind) => (['before', 'during', 'after'] as const).map((when) => ({ kind, when })),
    ),
  )(
    'killed at $kind, $when: the next runner reaches the same end, no group is changed with the runner on it',
    async (killAt) => {
      await first();
      const { killed } = await until(releaseOf('1.1.0', layer(35)), killAt);
      expect(killed).toBe(true);
      expect(there()).toEqual(sorted(layer(35)));
      const groups = install.base.world.applied.flat().filter((address) => address.startsWith('aws_eks_node_group'));
      for (const told of groups) expect(told).not.toMatch(/nodes\["(\w+)"\] while on \1/);
      for (const apply of install.base.world.applied) {
        expect(apply.filter((address) => address.startsWith('aws_eks_node_group')).length).toBeLessThan(2);
      }
      expect(install.base.world.lockedBy).toBe(null);
    },
  );

  it('waits while AWS carries out an update, and tries nothing', async () => {
    const runner = await first();
    install.base.world.updates = ['cluster lf-acme is UPDATING'];
    const state = releaseOf('1.1.0', layer(35));
    expect(await runner.pass(state)).toMatchObject({
      kind: 'waiting',
      reason: 'CloudUpdateRunning',
      message: expect.stringContaining('cluster lf-acme is UPDATING'),
      until: expect.any(Date),
    });
    expect(install.base.world.applied).toEqual([]);
    expect(runner.reconciler.status().waitingFor?.reason).toBe('CloudUpdateRunning');
    expect(runner.reconciler.status().denied).toEqual([]);
    install.base.world.updates = [];
    await until(state);
    expect(there()).toEqual(sorted(layer(35)));
  });
});

describe('a plan that destroys', () => {
  const smaller = without(layer(34), repository);

  it('waits for an approval of exactly this plan, and is then carried out', async () => {
    const runner = await first();
    const state = releaseOf('1.1.0', smaller);
    const waiting = await runner.pass(state);
    expect(waiting).toMatchObject({ kind: 'waiting', reason: 'ApprovalNeeded', until: null });
    const details = runner.reconciler.status().waitingFor?.details;
    expect(details).toMatchObject({
      component: 'base',
      planDigest: expect.stringMatching(/^sha256:/),
      changes: [`delete ${repository}: the repository and every image in it would be deleted`],
    });
    expect(install.base.world.applied).toEqual([]);

    // For another component, or another plan: it is not this one.
    const planDigest = details?.planDigest ?? state.releaseDigest;
    if (planDigest === null) throw new Error('no digest');
    approve([
      { component: 'web', planDigest },
      { component: 'base', planDigest: state.releaseDigest },
    ]);
    expect(await runner.pass(state)).toMatchObject({ reason: 'ApprovalNeeded' });
    // The state has moved on: the same words stand for another plan.
    approve([{ component: 'base', planDigest }]);
    install.base.world.serial += 1;
    expect(await runner.pass(state)).toMatchObject({ reason: 'ApprovalNeeded' });
    install.base.world.serial -= 1;
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.base.world.there.has(repository)).toBe(false);
  });

  it('keeps its approval through the steps of an upgrade, and through a kill between them', async () => {
    const runner = await first();
    const state = releaseOf('1.1.0', without(layer(35), repository));
    await runner.pass(state);
    const planDigest = runner.reconciler.status().waitingFor?.details?.planDigest;
    approve([{ component: 'base', planDigest }]);
    const { waits } = await until(state, { kind: 'terraform-apply', when: 'after' });
    expect(waits).not.toContain('ApprovalNeeded');
    expect(there()).toEqual(sorted(without(layer(35), repository)));
  });

  it('is not approved for the next release by what was approved for this one', async () => {
    const runner = await first();
    const state = releaseOf('1.1.0', smaller);
    await runner.pass(state);
    const planDigest = runner.reconciler.status().waitingFor?.details?.planDigest;
    approve([{ component: 'base', planDigest }]);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const next = releaseOf('1.2.0', without(smaller, 'aws_vpc.vpc[0]'));
    expect(await runner.pass(next)).toMatchObject({ reason: 'ApprovalNeeded' });
  });
});

describe('a plan that cuts off the runner', () => {
  const cut = without(layer(34), 'aws_nat_gateway.nat["a"]');

  it('is refused, approved or not, and the release is denied; what runs goes on', async () => {
    const runner = await first();
    const state = releaseOf('1.1.0', cut);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const status = runner.reconciler.status();
    expect(status.denied.map(({ version, reason }) => `${version} ${reason}`)).toEqual([
      expect.stringContaining('LF-RUNNER-015'),
    ]);
    expect(status.observed?.version).toBe('1.0.0');
    expect(status.state).toBe('Running');
    expect(install.base.world.applied).toEqual([]);
    expect(install.base.world.there.has('aws_nat_gateway.nat["a"]')).toBe(true);
  });

  it('would be carried out without the guard', async () => {
    await first();
    const runner = await install.startRunner({ guards: { ownBranch: false } });
    expect(await runner.pass(releaseOf('1.1.0', cut))).toMatchObject({ reason: 'ApprovalNeeded' });
    const planDigest = runner.reconciler.status().waitingFor?.details?.planDigest;
    approve([{ component: 'base', planDigest }]);
    expect(await runner.pass(releaseOf('1.1.0', cut))).toEqual({ kind: 'done' });
    expect(install.base.world.there.has('aws_nat_gateway.nat["a"]')).toBe(false);
  });

  it('is refused for a version of Kubernetes that EKS cannot go to', async () => {
    const runner = await first();
    expect(await runner.pass(releaseOf('1.1.0', layer(36)))).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().denied[0]?.reason).toContain('one minor version at a time');
    expect(install.base.world.applied).toEqual([]);
  });
});

describe('a release that needs more rights than the account stack gives', () => {
  const needs = {
    sid: 'Up',
    actions: ['eks:UpdateClusterVersion'],
    resources: ['arn:${partition}:x:::${prefix}'],
    reason: 'r',
  };
  const store = {
    sid: 'Store',
    actions: ['s3:CreateBucket'],
    resources: ['arn:${partition}:s3:::${prefix}-a'],
    reason: 'r',
  };
  const give = (actions: string[]) => {
    const given = async () => [{ actions, resources: ['*'] }];
    install.rights.given = { product: given, upgrade: given, values: {}, updateUrl: 'https://console.test/update' };
  };
  const wanted = () =>
    install.accept(install.release('1.1.0', [{ name: 'base', base: layer(35), needs: [needs] }, web], [store]));

  it('waits before anything is touched, says what is missing and where to give it, and goes on by itself', async () => {
    await first();
    give(['s3:*']);
    const runner = await install.startRunner({ backoff: (failures) => failures * 1000 });
    const state = wanted();
    let mirrored = 0;
    install.mirrorFaults.ensure = () => void (mirrored += 1);
    const waiting = await runner.pass(state);
    expect(waiting).toMatchObject({ kind: 'waiting', reason: 'PermissionsNeeded', until: expect.any(Date) });
    expect(runner.reconciler.status().waitingFor).toMatchObject({
      message: expect.stringMatching(/^update the account stack: https:\/\/console\.test\/update/),
      details: {
        permissions: [{ sid: 'Up', actions: ['eks:UpdateClusterVersion'], resources: ['arn:aws:x:::lf-acme'] }],
        updateUrl: 'https://console.test/update',
      },
    });
    expect(mirrored).toBe(0);
    expect(install.base.world.applied).toEqual([]);
    expect(runner.reconciler.status().state).toBe('Running');
    give(['s3:*', 'eks:Update*']);
    await until(state);
    expect(there()).toEqual(sorted(layer(35)));
  });

  it('waits for the rights of the product in the same way', async () => {
    give(['eks:*']);
    const runner = await install.startRunner();
    expect(await runner.pass(wanted())).toMatchObject({ reason: 'PermissionsNeeded' });
    expect(runner.reconciler.status().waitingFor?.details?.permissions?.map(({ sid }) => sid)).toEqual(['Store']);
  });

  it('is begun all the same without the comparison', async () => {
    install.rights.given = null;
    const { waits } = await until(wanted());
    expect(waits).not.toContain('PermissionsNeeded');
  });
});
