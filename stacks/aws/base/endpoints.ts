/* oxlint-disable no-new -- a construct adds itself to its scope */
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import type { TerraformStack } from 'cdktf';
import { called, forEach, list, named, onlyIf, text } from '../expressions.ts';

/** What nodes, EKS's add-ons and the runner ask AWS for. */
const services = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'kms',
  'logs',
  'sts',
];

export const endpointLocals = {
  endpoints: `local.full && var.private_endpoints ? toset(${JSON.stringify(services)}) : toset([])`,
  link_endpoint: 'var.control_plane_link_kind == "privatelink"',
  endpoint_group: 'length(local.endpoints) > 0 || local.link_endpoint',
  service_domain: 'local.partition == "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws"',
} as const;

/** S3 by the route table (it costs nothing, and ECR's layers come from there); the others, where asked for, as addresses in the VPC. */
export function addEndpoints(stack: TerraformStack): void {
  const vpcId = text('local.vpc_id');
  const s3 = new VpcEndpoint(stack, 'endpoint-s3', {
    vpcId,
    serviceName: 'com.amazonaws.${var.region}.s3',
    vpcEndpointType: 'Gateway',
    routeTableIds: list('[for zone in var.zones : aws_route_table.private[zone].id]'),
    ...named('s3'),
  });
  onlyIf('local.full', called('s3', s3));

  const group = new SecurityGroup(stack, 'endpoint-group', {
    name: '${local.prefix}-endpoints',
    description: 'HTTPS from inside the VPC to its private endpoints',
    vpcId,
    ...named('endpoints'),
  });
  onlyIf('local.endpoint_group', called('endpoints', group));
  const https = new VpcSecurityGroupIngressRule(stack, 'endpoint-https', {
    securityGroupId: text('aws_security_group.endpoints[0].id'),
    description: 'HTTPS from inside the VPC',
    cidrIpv4: text('local.vpc_cidr'),
    ipProtocol: 'tcp',
    fromPort: 443,
    toPort: 443,
  });
  onlyIf('local.endpoint_group', called('endpoints', https));

  const endpoint = new VpcEndpoint(stack, 'endpoint-service', {
    vpcId,
    serviceName: '${local.service_domain}.${var.region}.${each.key}',
    vpcEndpointType: 'Interface',
    subnetIds: list('local.private_subnet_ids'),
    securityGroupIds: list('[aws_security_group.endpoints[0].id]'),
    privateDnsEnabled: true,
    ...named('${each.key}'),
  });
  forEach('local.endpoints', called('endpoint', endpoint));
}
