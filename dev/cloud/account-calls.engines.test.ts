import {
  CreateCustomerGatewayCommand,
  CreateVpnConnectionCommand,
  CreateVpnConnectionRouteCommand,
  CreateVpnGatewayCommand,
  DescribeRouteTablesCommand,
  DescribeVpnConnectionsCommand,
  EC2Client,
  EnableVgwRoutePropagationCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  DescribeUpdateCommand,
  EKSClient,
  UpdateClusterVersionCommand,
} from '@aws-sdk/client-eks';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from '@aws-sdk/client-lambda';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSubnet } from './testing/make-subnet.ts';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

describe.skipIf(!engines.available)('an account', () => {
  let account: OpenAccount;
  beforeAll(async () => {
    account = await openAccount();
  });
  afterAll(() => account?.stop());

  const pods = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:user/admin' },
    Action: 'sts:AssumeRole',
  };
  const become = async (RoleArn: string) =>
    account.as(await account.assume(account.cloud.people.customerAdmin, { RoleArn }));

  it('has AWS’s quotas until a test sets others', async () => {
    const client = new ServiceQuotasClient(account.admin);
    const vpcs = async () =>
      (await client.send(new GetServiceQuotaCommand({ ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' }))).Quota?.Value;
    expect(await vpcs()).toBe(5);
    account.cloud.setQuota('vpc', 'L-F678F1CE', 1);
    expect(await vpcs()).toBe(1);
  });

  it('simulates a role’s policies', async () => {
    const PolicySourceArn = await account.makeRole('simulated', pods, [
      { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
      { Effect: 'Deny', Action: 'sqs:DeleteQueue', Resource: '*' },
    ]);
    const ActionNames = ['sqs:SendMessage', 'sqs:DeleteQueue', 's3:GetObject'];
    const answer = await new IAMClient(account.admin).send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames }),
    );
    expect(answer.EvaluationResults?.map((one) => one.EvalDecision)).toEqual([
      'allowed',
      'explicitDeny',
      'implicitDeny',
    ]);
  });

  it('lets a role list functions by the name that IAM has for it, and records the right', async () => {
    const role = await account.makeRole('lister', pods, [
      { Effect: 'Allow', Action: 'lambda:ListFunctions', Resource: '*' },
    ]);
    account.cloud.mark('census');
    const lambda = new LambdaClient(await become(role));
    await expect(lambda.send(new ListFunctionsCommand({}))).resolves.toMatchObject({ Functions: [] });
    await expect(lambda.send(new ListLayersCommand({}))).rejects.toThrow(
      /not authorized to perform: lambda:ListLayers/,
    );
    account.cloud.mark(undefined);
    const calls = account.cloud.recording().filter((call) => call.service === 'lambda');
    expect(calls.map(({ mark, status, checks }) => ({ mark, status, checks }))).toEqual([
      { mark: 'census', status: 200, checks: [{ action: 'lambda:ListFunctions', resource: '*', context: {} }] },
      { mark: 'census', status: 403, checks: [{ action: 'lambda:ListLayers', resource: '*', context: {} }] },
    ]);
    expect(calls[0]?.context).toMatchObject({ 'aws:PrincipalArn': role, 'aws:ViaAWSService': 'false' });
  });

  it('keeps a cluster’s update running until it may finish, refuses a second one, and never skips a minor', async () => {
    const eks = new EKSClient(account.admin);
    const subnet = await makeSubnet(account.cloud);
    const resourcesVpcConfig = { subnetIds: [subnet] };
    const roleArn = 'arn:aws:iam::123456789012:role/cluster';
    await eks.send(new CreateClusterCommand({ name: 'one', roleArn, version: '1.33', resourcesVpcConfig }));
    const upgrade = (version: string) => eks.send(new UpdateClusterVersionCommand({ name: 'one', version }));
    await expect(upgrade('1.35')).rejects.toThrow(/Unsupported Kubernetes minor version update from 1.33 to 1.35/);
    account.cloud.holdUpdates();
    const { update } = await upgrade('1.34');
    const status = async () =>
      (await eks.send(new DescribeUpdateCommand({ name: 'one', updateId: update?.id }))).update?.status;
    expect(await status()).toBe('InProgress');
    await expect(upgrade('1.34')).rejects.toMatchObject({ name: 'ResourceInUseException' });
    account.cloud.finishUpdates();
    expect(await status()).toBe('Successful');
    await expect(upgrade('1.34')).rejects.toThrow(/already at the desired configuration/);
  });

  it('keeps the static routes of a VPN connection, and which tables its gateway spreads routes into', async () => {
    const ec2 = new EC2Client(account.admin);
    const { VpnGateway } = await ec2.send(new CreateVpnGatewayCommand({ Type: 'ipsec.1' }));
    const GatewayId = VpnGateway?.VpnGatewayId ?? '';
    const side = { Type: 'ipsec.1', BgpAsn: 65_000, IpAddress: '203.0.113.7' } as const;
    const { CustomerGateway } = await ec2.send(new CreateCustomerGatewayCommand(side));
    const ends = { VpnGatewayId: GatewayId, CustomerGatewayId: CustomerGateway?.CustomerGatewayId ?? '' };
    const asked = { Type: 'ipsec.1', ...ends, Options: { StaticRoutesOnly: true } };
    const VpnConnectionId =
      (await ec2.send(new CreateVpnConnectionCommand(asked))).VpnConnection?.VpnConnectionId ?? '';
    await ec2.send(new CreateVpnConnectionRouteCommand({ VpnConnectionId, DestinationCidrBlock: '192.168.0.0/16' }));
    const connections = await ec2.send(new DescribeVpnConnectionsCommand({ VpnConnectionIds: [VpnConnectionId] }));
    expect(connections.VpnConnections?.[0]).toMatchObject({
      Options: { StaticRoutesOnly: true },
      Routes: [{ DestinationCidrBlock: '192.168.0.0/16', State: 'available' }],
    });
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({}));
    const RouteTableId = RouteTables?.[0]?.RouteTableId ?? '';
    await ec2.send(new EnableVgwRoutePropagationCommand({ RouteTableId, GatewayId }));
    const spread = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
    expect(spread.RouteTables?.[0]?.PropagatingVgws).toEqual([{ GatewayId }]);
  });
});
