import {
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { IAMClient, ListPoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destroyInstall, planBase, type Receipt } from '../../install/index.ts';
import { endInstallAccess } from '../permissions/end-install-access.ts';
import {
  type Decisions,
  engines,
  openRecordedAccount,
  type RecordedAccount,
  type RecordedInstall,
} from '../permissions/recorded-account.ts';
import { type Module, upgradeByRunner } from '../permissions/run-install.ts';
import { customersNetwork } from '../permissions/scenarios.ts';

type Mode = { title: string; id: string; decide: (account: RecordedAccount) => Promise<Decisions> };

const nodeGroups = [{ name: 'general', instanceType: 'm6i.large', size: 2 }];
const zones = ['a', 'b'];
const theirs = 'theirs';

const modes: readonly Mode[] = [
  {
    title: 'full, with node groups',
    id: 'groups',
    decide: () => Promise.resolve({ base: { zones, nodeGroups } }),
  },
  {
    title: 'full, with Auto Mode',
    id: 'auto',
    decide: () => Promise.resolve({ account: { nodeProfile: 'auto' }, base: { zones, nodeProfile: 'auto' } }),
  },
  {
    title: 'in the customer’s VPC',
    id: 'guest',
    decide: async (account) => {
      const vpc = await customersNetwork(account);
      return { account: { mode: 'vpc' }, base: { mode: 'vpc', vpc, nodeGroups } };
    },
  },
  {
    title: 'on the customer’s cluster',
    id: 'onto',
    decide: async (account) => {
      await customersCluster(account);
      const decisions = { mode: 'cluster', clusterName: theirs } as const;
      return { account: decisions, base: decisions };
    },
  },
];

/**
 * Every mode with the real engine and provider on the stand-in, all its guards on. The runner is its reconciler, as a process of
 * this test: its own role by Pod Identity, the upgrade role by its own.
 */
describe.skipIf(!engines.available)('an install', () => {
  let account: RecordedAccount;
  const installs = new Map<string, RecordedInstall>();
  const before = new Map<string, unknown>();

  beforeAll(async () => {
    account = await openRecordedAccount(undefined, {});
  });
  afterAll(() => account?.close());

  const the = (id: string): RecordedInstall => {
    const install = installs.get(id);
    if (install === undefined) throw new Error(`${id} was not installed`);
    return install;
  };
  const apply = async ({ id, decide }: Mode): Promise<void> => {
    const decisions = await decide(account);
    before.set(id, await outsideOf(account));
    installs.set(id, await account.install(id, decisions));
  };
  const planAgain = (id: string): ReturnType<typeof planBase> => {
    const { inputs, session } = the(id);
    return planBase(account.context(id), { inputs: inputs.base, session });
  };
  const tearDown = (id: string): Promise<Receipt> => {
    const { inputs } = the(id);
    const credentials = account.cloud.people.customerAdmin;
    const request = { account: inputs.account, base: inputs.base, credentials, product: 'keep', waitMs: 1 } as const;
    return destroyInstall(account.context(id), { ...request, keep: [] });
  };
  const refused = (): string[] =>
    account.cloud
      .recording()
      .flatMap(({ principal, action, denied }) => (denied === undefined ? [] : [`${principal} ${action}: ${denied}`]));
  const [groups, auto, ...onTheirs] = modes;
  if (groups === undefined || auto === undefined) throw new Error('two modes share the account');

  /** Each of the customer's own things as it was before, and nothing of ours beside it. */
  const leavesNothing = async (id: string, receipt: Receipt): Promise<void> => {
    expect(receipt.scan).toMatchObject({ found: [], notVisible: [] });
    expect(new Set(receipt.scan.pending.map(({ kind }) => kind))).toEqual(new Set(['key']));
    expect(receipt.deleted.length).toBeGreaterThan(20);
    expect(await namesOf(account, `lf-${id}`)).toEqual([]);
  };

  describe(`${groups.title}, beside another one ${auto.title} in the same account`, () => {
    it('applies', async () => {
      await apply(groups);
      expect(await namesOf(account, `lf-${groups.id}`)).toContain(`cluster lf-${groups.id}`);
    });

    it('plans nothing the second time', () => expect(the(groups.id).secondPlan).toMatchObject({ changed: false }));

    it('is upgraded by the runner', async () => {
      await endInstallAccess(account, the(groups.id));
      expect(await upgradeByRunner(account, the(groups.id), nextRelease)).toEqual(['done', 'done']);
      expect(await versionOf(account, `lf-${groups.id}`)).toBe('1.35');
    });

    it('lets the other one apply, which plans nothing the second time', async () => {
      await apply(auto);
      expect(the(auto.id).secondPlan).toMatchObject({ changed: false });
    });

    it('is torn down and leaves nothing', async () => {
      const receipt = await tearDown(groups.id);
      await leavesNothing(groups.id, receipt);
      expect(receipt.clean).toBe(true);
    });

    it('never met the other one, which still plans nothing', async () => {
      expect(await planAgain(auto.id)).toMatchObject({ changed: false });
    });
  });

  describe(`${auto.title}, beside nothing else`, () => {
    it('is upgraded by the runner', async () => {
      await endInstallAccess(account, the(auto.id));
      expect(await upgradeByRunner(account, the(auto.id), nextRelease)).toEqual(['done', 'done']);
      expect(await versionOf(account, `lf-${auto.id}`)).toBe('1.35');
    });

    it('is torn down and leaves nothing', async () => {
      await leavesNothing(auto.id, await tearDown(auto.id));
      expect(await outsideOf(account)).toEqual(before.get(groups.id));
    });
  });

  describe.each(onTheirs)('$title', (mode) => {
    it('applies', async () => {
      await apply(mode);
      expect(await namesOf(account, `lf-${mode.id}`)).toContain(`repository lf-${mode.id}/landfall/runner`);
    });

    it('plans nothing the second time', () => expect(the(mode.id).secondPlan).toMatchObject({ changed: false }));

    it('is upgraded by the runner', async () => {
      await endInstallAccess(account, the(mode.id));
      expect(await upgradeByRunner(account, the(mode.id), oneRepositoryMore)).toEqual(['done', 'done']);
      expect(await namesOf(account, `lf-${mode.id}`)).toContain(`repository lf-${mode.id}/landfall/next`);
    });

    it('is torn down, leaves nothing, and everything of the customer’s is as it was', async () => {
      await leavesNothing(mode.id, await tearDown(mode.id));
      expect(await outsideOf(account)).toEqual(before.get(mode.id));
    });
  });

  it('had no call refused in any mode', () => expect(refused()).toEqual([]));
});

function nextRelease(module: Module): void {
  module.variable['kubernetes_version'] = { ...module.variable['kubernetes_version'], default: '1.35' };
}

function oneRepositoryMore(module: Module): void {
  const { repository } = module.resource['aws_ecr_repository'] ?? {};
  const for_each = '${toset(concat(tolist(var.repositories), ["landfall/next"]))}';
  module.resource['aws_ecr_repository'] = { repository: { ...repository, for_each } };
}

async function versionOf({ admin }: RecordedAccount, name: string): Promise<string | undefined> {
  return (await new EKSClient(admin).send(new DescribeClusterCommand({ name }))).cluster?.version;
}

async function customersCluster(account: RecordedAccount): Promise<void> {
  const { privateSubnetIds: subnetIds } = await customersNetwork(account);
  const trust = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await new EKSClient(account.admin).send(
    new CreateClusterCommand({
      name: theirs,
      roleArn: await account.makeRole('their-cluster', trust),
      resourcesVpcConfig: { subnetIds },
      accessConfig: { authenticationMode: 'API' },
    }),
  );
}

/** Network and clusters of the account, whosesoever they are. */
async function outsideOf({ admin }: RecordedAccount): Promise<unknown> {
  const ec2 = new EC2Client(admin);
  const eks = new EKSClient(admin);
  const { clusters = [] } = await eks.send(new ListClustersCommand({}));
  const byId = (list: readonly unknown[] | undefined): string[] =>
    (list ?? []).map((each) => JSON.stringify(each)).toSorted();
  return {
    vpcs: byId((await ec2.send(new DescribeVpcsCommand({}))).Vpcs),
    subnets: byId((await ec2.send(new DescribeSubnetsCommand({}))).Subnets),
    tables: byId((await ec2.send(new DescribeRouteTablesCommand({}))).RouteTables),
    groups: byId((await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups),
    clusters: await Promise.all(
      clusters.toSorted().map(async (name) => (await eks.send(new DescribeClusterCommand({ name }))).cluster),
    ),
  };
}

/** What bears the install's name, asked without anything of ours. */
async function namesOf({ admin }: RecordedAccount, prefix: string): Promise<string[]> {
  const iam = new IAMClient(admin);
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1000 }));
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1000 }));
  const { Buckets = [] } = await new S3Client(admin).send(new ListBucketsCommand({}));
  const { repositories = [] } = await new ECRClient(admin).send(new DescribeRepositoriesCommand({ maxResults: 1000 }));
  const { clusters = [] } = await new EKSClient(admin).send(new ListClustersCommand({}));
  return [
    ...Roles.map(({ RoleName = '' }) => ['role', RoleName]),
    ...Policies.map(({ PolicyName = '' }) => ['policy', PolicyName]),
    ...Buckets.map(({ Name = '' }) => ['bucket', Name]),
    ...repositories.map(({ repositoryName = '' }) => ['repository', repositoryName]),
    ...clusters.map((name) => ['cluster', name]),
  ].flatMap(([kind, name]) => (name === prefix || name?.match(`^${prefix}[-/]`) ? [`${kind} ${name}`] : []));
}
