import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { LandfallError } from '../../contract/index.ts';
import type { BaseOutputs } from '../base.ts';
import type { InstallContext, InstallSession } from '../context.ts';
import { clientOptions } from '../identity.ts';

/** Where the second run must be started to reach the cluster: its network, and its own security group. */
export async function networkOfCluster(
  context: InstallContext,
  request: { region: string; session: InstallSession; base: BaseOutputs },
): Promise<Record<string, string>> {
  const { base, region, session } = request;
  const eks = new EKSClient(clientOptions(context, region, session.credentials));
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: base.clusterName }));
    const network = cluster?.resourcesVpcConfig;
    const subnets = base.privateSubnetIds.length > 0 ? base.privateSubnetIds : (network?.subnetIds ?? []);
    if (network?.vpcId === undefined || network.clusterSecurityGroupId === undefined || subnets.length === 0) {
      throw new LandfallError('LF-INSTALL-004', `cluster ${base.clusterName} does not say which network it is in`);
    }
    return {
      LANDFALL_VPC_ID: network.vpcId,
      LANDFALL_SUBNET_IDS: subnets.join(','),
      LANDFALL_SECURITY_GROUP_ID: network.clusterSecurityGroupId,
    };
  } finally {
    eks.destroy();
  }
}

/** For the build's shell, which CodeBuild exports them from. The values are ids; anything else is refused. */
export function exportLines(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (/^[\w,-]+$/.test(value)) return `export ${name}='${value}'\n`;
      throw new LandfallError('LF-INSTALL-004', `${name} is ${JSON.stringify(value)}, which is no id`);
    })
    .join('');
}
