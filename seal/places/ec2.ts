import {
  DescribeVpcEndpointServiceConfigurationsCommand,
  DescribeVpcEndpointServicePermissionsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
} from '@aws-sdk/client-ec2';
import { classifyAws } from '../analyse/index.ts';
import { type RegionWalk, allPages, eachOf, see } from './walk.ts';

/** Endpoints' policies, who may connect to the account's own endpoint services, and peerings with networks of other accounts. */
export async function walkEc2(walk: RegionWalk): Promise<void> {
  const { findings, facts, region } = walk;
  const { ec2 } = walk.clients;
  const on = { abortSignal: walk.signal };
  const arn = (kind: string, id: string | undefined): string =>
    `arn:${walk.partition}:ec2:${region}:${facts.accountId}:${kind}/${id}`;
  const endpoints = await see(walk, `VPC endpoints in ${region}`, () =>
    allPages(async (NextToken) => {
      const page = await ec2.send(new DescribeVpcEndpointsCommand({ NextToken }), on);
      return { items: page.VpcEndpoints, next: page.NextToken };
    }),
  );
  for (const { VpcEndpointId, PolicyDocument } of endpoints ?? []) {
    findings.looked();
    if (PolicyDocument !== undefined && PolicyDocument !== '')
      findings.filter(PolicyDocument, arn('vpc-endpoint', VpcEndpointId), 'endpoint policy');
  }
  const services = await see(walk, `endpoint services in ${region}`, () =>
    allPages(async (NextToken) => {
      const page = await ec2.send(new DescribeVpcEndpointServiceConfigurationsCommand({ NextToken }), on);
      return { items: page.ServiceConfigurations, next: page.NextToken };
    }),
  );
  await eachOf(services ?? [], async ({ ServiceId }) => {
    findings.looked();
    const where = arn('vpc-endpoint-service', ServiceId);
    const allowed = await see(walk, `permissions of ${where}`, () =>
      allPages(async (NextToken) => {
        const input = { ServiceId, NextToken };
        const page = await ec2.send(new DescribeVpcEndpointServicePermissionsCommand(input), on);
        return { items: page.AllowedPrincipals, next: page.NextToken };
      }),
    );
    for (const { Principal } of allowed ?? [])
      findings.who(classifyAws(Principal ?? '', facts), where, 'endpoint service');
  });
  const peerings = await see(walk, `peerings in ${region}`, () =>
    allPages(async (NextToken) => {
      const page = await ec2.send(new DescribeVpcPeeringConnectionsCommand({ NextToken }), on);
      return { items: page.VpcPeeringConnections, next: page.NextToken };
    }),
  );
  for (const { VpcPeeringConnectionId, Status, AccepterVpcInfo, RequesterVpcInfo } of peerings ?? []) {
    findings.looked();
    if (['deleted', 'deleting', 'rejected', 'expired', 'failed'].includes(Status?.Code ?? '')) continue;
    const owners = [AccepterVpcInfo?.OwnerId, RequesterVpcInfo?.OwnerId];
    for (const owner of owners.filter((each) => each !== facts.accountId))
      findings.outside(
        'network',
        owner ?? 'unknown account',
        arn('vpc-peering-connection', VpcPeeringConnectionId),
        'peering',
      );
  }
}
