import type { BaseFacts } from './base-facts.ts';
import { type Call, call, type Step, taggedAs } from './step.ts';
import { zoneCidrs } from './zone-cidrs.ts';

const anywhere = '0.0.0.0/0';

export function networkSteps(facts: BaseFacts): Step[] {
  const { inputs, tags } = facts;
  const out = inputs.nat !== 'none';
  return [
    {
      title: 'VPC',
      why: 'A network of its own for the cluster.',
      calls: [
        call(
          'ec2',
          'CreateVpc',
          { CidrBlock: inputs.vpcCidr, ...taggedAs('vpc', tags('vpc')) },
          { remember: { name: 'VPC', path: 'Vpc.VpcId' } },
        ),
        call('ec2', 'ModifyVpcAttribute', { VpcId: '${VPC}', EnableDnsSupport: { Value: true } }),
        call('ec2', 'ModifyVpcAttribute', { VpcId: '${VPC}', EnableDnsHostnames: { Value: true } }),
      ],
    },
    {
      title: 'Subnets',
      why: 'One private subnet in each zone for nodes; public ones only where something goes out.',
      calls: inputs.zones.flatMap((zone, i) => subnetCalls(facts, zone, i, out)),
    },
    ...(out ? [wayOut(facts)] : []),
    {
      title: 'Routes of the private subnets',
      why: out ? 'What leaves goes through NAT.' : 'Nothing leaves by itself; the way out is yours.',
      calls: inputs.zones.flatMap((zone) => privateRoutes(facts, zone)),
    },
    {
      title: 'S3 inside the network',
      why: "ECR's layers come from S3: by this endpoint they cost no NAT.",
      calls: [
        call('ec2', 'CreateVpcEndpoint', {
          VpcId: '${VPC}',
          ServiceName: `com.amazonaws.${inputs.region}.s3`,
          VpcEndpointType: 'Gateway',
          RouteTableIds: inputs.zones.map((zone) => `\${ROUTES_${zone.toUpperCase()}}`),
          ...taggedAs('vpc-endpoint', tags('s3')),
        }),
      ],
    },
    ...(inputs.flowLogs ? [flowLogs(facts)] : []),
  ];
}

function subnetCalls({ inputs, tags }: BaseFacts, zone: string, i: number, out: boolean): Call[] {
  const cidrs = zoneCidrs(inputs.vpcCidr, i);
  const subnet = (kind: 'public' | 'private', cidr: string, elb: string): Call =>
    call(
      'ec2',
      'CreateSubnet',
      {
        VpcId: '${VPC}',
        CidrBlock: cidr,
        AvailabilityZone: `${inputs.region}${zone}`,
        ...taggedAs('subnet', tags(`${kind}-${zone}`, { [`kubernetes.io/role/${elb}`]: '1' })),
      },
      { remember: { name: `${kind.toUpperCase()}_${zone.toUpperCase()}`, path: 'Subnet.SubnetId' } },
    );
  return [subnet('private', cidrs.private, 'internal-elb'), ...(out ? [subnet('public', cidrs.public, 'elb')] : [])];
}

function wayOut({ inputs, tags }: BaseFacts): Step {
  const natZones = inputs.nat === 'per-zone' ? inputs.zones : inputs.zones.slice(0, 1);
  return {
    title: 'The way out',
    why: 'An internet gateway, and NAT for what is private: one for all zones, or one in each.',
    calls: [
      call('ec2', 'CreateInternetGateway', taggedAs('internet-gateway', tags('internet')), {
        remember: { name: 'INTERNET', path: 'InternetGateway.InternetGatewayId' },
      }),
      call('ec2', 'AttachInternetGateway', { InternetGatewayId: '${INTERNET}', VpcId: '${VPC}' }),
      call(
        'ec2',
        'CreateRouteTable',
        { VpcId: '${VPC}', ...taggedAs('route-table', tags('public')) },
        { remember: { name: 'ROUTES_PUBLIC', path: 'RouteTable.RouteTableId' } },
      ),
      call('ec2', 'CreateRoute', {
        RouteTableId: '${ROUTES_PUBLIC}',
        DestinationCidrBlock: anywhere,
        GatewayId: '${INTERNET}',
      }),
      ...inputs.zones.map((zone) =>
        call('ec2', 'AssociateRouteTable', {
          RouteTableId: '${ROUTES_PUBLIC}',
          SubnetId: `\${PUBLIC_${zone.toUpperCase()}}`,
        }),
      ),
      ...natZones.flatMap((zone) => {
        const Z = zone.toUpperCase();
        return [
          call(
            'ec2',
            'AllocateAddress',
            { Domain: 'vpc', ...taggedAs('elastic-ip', tags(`nat-${zone}`)) },
            { remember: { name: `ADDRESS_${Z}`, path: 'AllocationId' } },
          ),
          call(
            'ec2',
            'CreateNatGateway',
            {
              AllocationId: `\${ADDRESS_${Z}}`,
              SubnetId: `\${PUBLIC_${Z}}`,
              ConnectivityType: 'public',
              ...taggedAs('natgateway', tags(`nat-${zone}`)),
            },
            {
              remember: { name: `NAT_${Z}`, path: 'NatGateway.NatGatewayId' },
              wait: { waiter: 'nat-gateway-available', input: { NatGatewayIds: `\${NAT_${Z}}` } },
            },
          ),
        ];
      }),
    ],
  };
}

function privateRoutes({ inputs, tags }: BaseFacts, zone: string): Call[] {
  const Z = zone.toUpperCase();
  const natZone = (inputs.nat === 'per-zone' ? zone : (inputs.zones[0] ?? zone)).toUpperCase();
  return [
    call(
      'ec2',
      'CreateRouteTable',
      { VpcId: '${VPC}', ...taggedAs('route-table', tags(`private-${zone}`)) },
      { remember: { name: `ROUTES_${Z}`, path: 'RouteTable.RouteTableId' } },
    ),
    call('ec2', 'AssociateRouteTable', { RouteTableId: `\${ROUTES_${Z}}`, SubnetId: `\${PRIVATE_${Z}}` }),
    ...(inputs.nat === 'none'
      ? []
      : [
          call('ec2', 'CreateRoute', {
            RouteTableId: `\${ROUTES_${Z}}`,
            DestinationCidrBlock: anywhere,
            NatGatewayId: `\${NAT_${natZone}}`,
          }),
        ]),
  ];
}

function flowLogs({ inputs, names, tags, roleArn }: BaseFacts): Step {
  const group = names.flowLogGroup;
  return {
    title: 'Flow logs',
    why: 'Who talked with whom, kept in the account for ninety days.',
    calls: [
      call('logs', 'CreateLogGroup', { logGroupName: group, tags: tags() }),
      call('logs', 'PutRetentionPolicy', { logGroupName: group, retentionInDays: 90 }),
      call('ec2', 'CreateFlowLogs', {
        ResourceIds: ['${VPC}'],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogDestination: `arn:${names.partition}:logs:${inputs.region}:${inputs.accountId}:log-group:${group}`,
        DeliverLogsPermissionArn: roleArn('flow'),
        ...taggedAs('vpc-flow-log', tags('flow')),
      }),
    ],
  };
}
