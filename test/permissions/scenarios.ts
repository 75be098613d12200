import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { endInstallAccess } from './end-install-access.ts';
import type { RecordedAccount, RecordedInstall } from './recorded-account.ts';
import { type Module, tearDown, upgradeByRunner } from './run-install.ts';

/** One mode with the options that make it call the most, from install to teardown. */
export type Scenario = {
  name: 'full' | 'vpc' | 'cluster';
  mode: 'full' | 'vpc' | 'cluster';
  play(account: RecordedAccount): Promise<{ install: RecordedInstall; results: string[] }>;
};

const link = {
  kind: 'privatelink',
  serviceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
} as const;

const events = {
  sid: 'Events',
  actions: ['s3:CreateBucket'],
  resources: ['arn:${partition}:s3:::${prefix}-events'],
  reason: 'What a release asks for, so that the runner compares it with what it has',
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'full',
    mode: 'full',
    play: async (account) => {
      const install = await account.install('full', {
        account: { productPermissions: [events] },
        base: {
          zones: ['a', 'b'],
          privateEndpoints: true,
          monthlyBudget: { usd: 100, email: '' },
          repositories: ['landfall/runner', 'landfall/charts/runner', 'landfall/old'],
          controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1', bgpAsn: 0, cidrs: ['10.9.0.0/16'] },
        },
      });
      const results = await upgradeByRunner(account, install, everythingNew);
      await endInstallAccess(account, install);
      await tearDown(account, install);
      return { install, results };
    },
  },
  {
    name: 'vpc',
    mode: 'vpc',
    play: async (account) => {
      const vpc = await customersNetwork(account);
      const install = await account.install('vpc', {
        account: { mode: 'vpc', nodeProfile: 'auto' },
        base: { mode: 'vpc', nodeProfile: 'auto', vpc, controlPlaneLink: link },
      });
      await endInstallAccess(account, install);
      const results = await upgradeByRunner(account, install, newKubernetes);
      await tearDown(account, install);
      return { install, results };
    },
  },
  {
    name: 'cluster',
    mode: 'cluster',
    play: async (account) => {
      const clusterName = 'theirs';
      const { privateSubnetIds: subnetIds } = await customersNetwork(account);
      await new EKSClient(account.admin).send(
        new CreateClusterCommand({
          name: clusterName,
          roleArn: `arn:aws:iam::${account.cloud.accountId}:role/their-cluster`,
          resourcesVpcConfig: { subnetIds },
          accessConfig: { authenticationMode: 'API' },
        }),
      );
      const install = await account.install('onto', {
        account: { mode: 'cluster', clusterName },
        base: { mode: 'cluster', clusterName },
      });
      await endInstallAccess(account, install);
      const results = await upgradeByRunner(account, install, newRepository);
      await tearDown(account, install);
      return { install, results };
    },
  },
];

export async function customersNetwork(
  account: RecordedAccount,
): Promise<{ id: string; privateSubnetIds: string[]; publicSubnetIds: string[] }> {
  const ec2 = new EC2Client(account.admin);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const privateSubnetIds: string[] = [];
  for (const [zone, CidrBlock] of [
    ['a', '10.9.0.0/20'],
    ['b', '10.9.16.0/20'],
  ]) {
    const AvailabilityZone = `${account.cloud.region}${zone}`;
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone }));
    privateSubnetIds.push(Subnet?.SubnetId ?? '');
  }
  return { id: Vpc?.VpcId ?? '', privateSubnetIds, publicSubnetIds: [] };
}

function newKubernetes(module: Module): void {
  setDefault(module, 'kubernetes_version', '1.35');
}

function newRepository(module: Module): void {
  repositories(module, 'concat(tolist(var.repositories), ["landfall/new"])');
}

/** Version, node image, template, endpoint; a repository less (which asks for approval) and one more. */
function everythingNew(module: Module): void {
  newKubernetes(module);
  setDefault(module, 'node_image_version', '1.35.0-f00dcafe');
  repositories(module, 'concat([for name in var.repositories : name if name != "landfall/old"], ["landfall/new"])');
  change(module, 'aws_launch_template', 'nodes', { ebs_optimized: 'true' });
  change(module, 'aws_vpc_endpoint', 'table', {
    vpc_id: '${aws_vpc.vpc[0].id}',
    service_name: 'com.amazonaws.eu-central-1.dynamodb',
    route_table_ids: ['${aws_route_table.private["a"].id}'],
  });
}

function repositories(module: Module, names: string): void {
  change(module, 'aws_ecr_repository', 'repository', { for_each: `\${toset(${names})}` });
}

function setDefault(module: Module, variable: string, value: string): void {
  module.variable[variable] = { ...module.variable[variable], default: value };
}

function change(module: Module, type: string, name: string, values: Record<string, unknown>): void {
  const resources = module.resource[type] ?? {};
  module.resource[type] = { ...resources, [name]: { ...resources[name], ...values } };
}
