import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/index.ts';
import type { TofuResourceChange } from '../../engines/index.ts';
import { judgeBasePlan } from './judge-plan.ts';
import { branch, changeOf, clusterTo, nodeGroup } from './testing/plan-of.ts';

const iam = 'arn:aws:iam::123456789012:role';
const runnerIdentity = {
  namespace: 'landfall-system',
  service_account: 'landfall-runner',
  role_arn: `${iam}/lf-acme-runner`,
};
const entry = (principal: string): JsonObject => ({
  principal_arn: principal,
  type: 'STANDARD',
  kubernetes_groups: [],
});
const service_name = 'com.amazonaws.eu-central-1.sqs';
const newEndpoint = { service_name, private_dns_enabled: true, subnet_ids: ['a', 'b'], security_group_ids: ['s'] };
const endpoint = { policy: 'p', private_dns_enabled: true, subnet_ids: ['a', 'b'], security_group_ids: ['s'] };
const taint: JsonObject = { key: 'k', value: '', effect: 'NO_EXECUTE' };
const template: JsonObject = { metadata_options: [{ http_tokens: 'required', http_put_response_hop_limit: 1 }] };
const cluster = (vpc: JsonObject, more: JsonObject = {}): JsonObject => ({
  version: '1.34',
  access_config: [{ authentication_mode: 'API' }],
  enabled_cluster_log_types: ['audit'],
  vpc_config: [{ endpoint_private_access: true, endpoint_public_access: false, subnet_ids: ['a', 'b'], ...vpc }],
  ...more,
});
const update = (type: string, before: JsonObject, after: JsonObject, unknown: JsonObject = {}): TofuResourceChange =>
  changeOf(type, ['update'], { before, after, unknown });
const removal = (type: string, before: JsonObject = {}): TofuResourceChange => changeOf(type, ['delete'], { before });
const creation = (type: string, after: JsonObject = {}): TofuResourceChange => changeOf(type, ['create'], { after });

const verdictOf = (change: TofuResourceChange, group: string | null = 'general'): string => {
  const { cuts, destroys } = judgeBasePlan([change], branch(group));
  return cuts.length > 0 ? 'cut' : destroys.length > 0 ? 'ask' : 'fine';
};

describe('a plan for the base layer is refused, whoever approves it, when it', () => {
  it.each<[string, TofuResourceChange]>([
    ["deletes the runner's Pod Identity", removal('aws_eks_pod_identity_association', runnerIdentity)],
    [
      "gives the runner's service account another role",
      update('aws_eks_pod_identity_association', runnerIdentity, { ...runnerIdentity, role_arn: `${iam}/admin` }),
    ],
    [
      "replaces the runner's Pod Identity",
      changeOf('aws_eks_pod_identity_association', ['delete', 'create'], { before: runnerIdentity }),
    ],
    [
      "gives another pod the runner's role",
      creation('aws_eks_pod_identity_association', { ...runnerIdentity, namespace: 'shop', service_account: 'x' }),
    ],
    [
      'gives a pod a role that is known only later',
      changeOf('aws_eks_pod_identity_association', ['create'], {
        after: { namespace: 'shop', service_account: 'x' },
        unknown: { role_arn: true },
      }),
    ],
    ['lets somebody into the cluster', creation('aws_eks_access_entry', entry('arn:aws:iam::999999999999:root'))],
    ['lets the install role in again', creation('aws_eks_access_entry', entry(`${iam}/lf-acme-install`))],
    ['makes the nodes administrators', creation('aws_eks_access_policy_association', entry(`${iam}/lf-acme-node`))],
    [
      'puts the nodes into a group of the cluster',
      creation('aws_eks_access_entry', {
        ...entry(`${iam}/lf-acme-node`),
        type: 'EC2_LINUX',
        kubernetes_groups: ['system:masters'],
      }),
    ],
    ["takes the nodes' entry away", removal('aws_eks_access_entry', entry(`${iam}/lf-acme-node`))],
    ['changes a role', update('aws_iam_role', { name: 'lf-acme-runner' }, { name: 'lf-acme-runner', path: '/x/' })],
    ['makes a policy', creation('aws_iam_policy', { name: 'admin' })],
    ['deletes the state bucket', removal('aws_s3_bucket', { bucket: 'lf-acme-123456789012-state' })],
    [
      'changes who may enter the state bucket',
      creation('aws_s3_bucket_policy', { bucket: 'lf-acme-123456789012-state', policy: '{}' }),
    ],
    ['deletes the state key', removal('aws_kms_key', { arn: 'arn:aws:kms:eu-central-1:123456789012:key/aaaa-bbbb' })],
    [
      "moves the state key's name",
      update('aws_kms_alias', { name: 'alias/lf-acme-state' }, { name: 'alias/lf-acme-state', target_key_id: 'x' }),
    ],
    ['deletes an endpoint', removal('aws_vpc_endpoint', endpoint)],
    ['takes an endpoint out of a subnet', update('aws_vpc_endpoint', endpoint, { ...endpoint, subnet_ids: ['a'] })],
    [
      "switches an endpoint's names off",
      update('aws_vpc_endpoint', endpoint, { ...endpoint, private_dns_enabled: false }),
    ],
    ["changes an endpoint's policy", update('aws_vpc_endpoint', endpoint, { ...endpoint, policy: 'q' })],
    ['deletes the NAT gateway', removal('aws_nat_gateway')],
    ['replaces the address of the NAT gateway', changeOf('aws_eip', ['create', 'delete'])],
    ['points the way out elsewhere', update('aws_route', { nat_gateway_id: 'n' }, { network_interface_id: 'i' })],
    ['takes a route out of a table', update('aws_route_table', { route: [{ a: 1 }] }, { route: [] })],
    ['switches names in the VPC off', update('aws_vpc', { enable_dns_support: true }, { enable_dns_support: false })],
    [
      'closes 443 of the endpoints',
      removal('aws_vpc_security_group_ingress_rule', { from_port: 443, to_port: 443, ip_protocol: 'tcp' }),
    ],
    ['closes a way out', removal('aws_vpc_security_group_egress_rule', { ip_protocol: '-1' })],
    [
      "switches the cluster's private endpoint off",
      update('aws_eks_cluster', cluster({}), cluster({ endpoint_private_access: false })),
    ],
    [
      'does not know yet whether the private endpoint stays',
      update('aws_eks_cluster', cluster({}), cluster({}), { vpc_config: [{ endpoint_private_access: true }] }),
    ],
    [
      'lets access entries not count',
      update('aws_eks_cluster', cluster({}), cluster({}, { access_config: [{ authentication_mode: 'CONFIG_MAP' }] })),
    ],
    [
      'deletes the add-on that gives pods their identity',
      removal('aws_eks_addon', { addon_name: 'eks-pod-identity-agent' }),
    ],
    ['deletes the node group that the runner runs on', nodeGroup('general', ['delete'])],
    ['replaces the node group that the runner runs on', nodeGroup('general', ['delete', 'create'])],
    [
      'empties the node group that the runner runs on',
      nodeGroup('general', ['update'], { scaling_config: [{ desired_size: 0, max_size: 1 }] }),
    ],
    [
      'keeps pods away from the node group that the runner runs on',
      nodeGroup('general', ['update'], { taint: [taint] }),
    ],
    [
      "gives an add-on the runner's role",
      update('aws_eks_addon', {}, { pod_identity_association: [{ role_arn: `${iam}/lf-acme-runner` }] }),
    ],
    [
      'gives an add-on a role that is known only later',
      update('aws_eks_addon', {}, {}, { service_account_role_arn: true }),
    ],
    [
      "takes the runner's service account on to another role",
      creation('aws_eks_pod_identity_association', { ...runnerIdentity, target_role_arn: 'arn:aws:iam::9:role/x' }),
    ],
    [
      'says who may use a bucket whose name is known only later',
      changeOf('aws_s3_bucket_policy', ['create'], { after: { policy: '{}' }, unknown: { bucket: true } }),
    ],
    ['forgets the NAT gateway', changeOf('aws_nat_gateway', ['forget'])],
    ['does what nobody knows', changeOf('aws_vpc', ['teleport'])],
  ])('%s', (_name, change) => {
    expect(verdictOf(change)).toBe('cut');
  });

  it('deletes any node group while it is not known on which the runner runs', () => {
    expect(verdictOf(nodeGroup('large', ['delete']), null)).toBe('cut');
    expect(verdictOf(nodeGroup('large', ['delete']), 'general')).toBe('ask');
  });
});

describe("a plan for the base layer needs the customer's approval when it", () => {
  it.each<[string, TofuResourceChange]>([
    ['deletes the VPC', removal('aws_vpc')],
    ['replaces a subnet', changeOf('aws_subnet', ['delete', 'create'])],
    ['replaces the cluster', changeOf('aws_eks_cluster', ['delete', 'create'], { before: cluster({}) })],
    ['deletes a repository', removal('aws_ecr_repository')],
    [
      'makes tags of a repository movable',
      update('aws_ecr_repository', { image_tag_mutability: 'IMMUTABLE' }, { image_tag_mutability: 'MUTABLE' }),
    ],
    ['deletes another key', removal('aws_kms_key', { arn: 'arn:aws:kms:eu-central-1:123456789012:key/other' })],
    ['deletes another node group', nodeGroup('large', ['delete'])],
    ['deletes a log', removal('aws_cloudwatch_log_group')],
    [
      "opens the cluster's API to the Internet",
      update('aws_eks_cluster', cluster({}), cluster({ endpoint_public_access: true })),
    ],
    [
      'switches a log of the cluster off',
      update('aws_eks_cluster', cluster({}), cluster({}, { enabled_cluster_log_types: [] })),
    ],
    ['shuts a subnet in', creation('aws_network_acl')],
    [
      "lets pods at the node's credentials",
      update('aws_launch_template', {}, { metadata_options: [{ http_tokens: 'optional' }] }),
    ],
    ['says who may use a repository', creation('aws_ecr_repository_policy')],
    ['copies images elsewhere', creation('aws_ecr_replication_configuration')],
    ['lets images expire', creation('aws_ecr_lifecycle_policy')],
    ['makes a kind of thing that a base layer never had', creation('aws_instance')],
    ['forgets a subnet', changeOf('aws_subnet', ['forget'])],
    [
      "stops demanding tokens for the node's credentials",
      update('aws_launch_template', template, { ...template, metadata_options: [] }),
    ],
    ['starts nodes with a script', update('aws_launch_template', template, { ...template, user_data: 'c2g=' })],
    ['starts nodes from another image', update('aws_launch_template', template, { ...template, image_id: 'ami-1' })],
    [
      'adds an endpoint whose policy can refuse the runner',
      creation('aws_vpc_endpoint', { ...newEndpoint, policy: 'deny' }),
    ],
    [
      'adds an endpoint of somebody else',
      creation('aws_vpc_endpoint', { ...newEndpoint, service_name: 'com.amazonaws.vpce.eu-central-1.vpce-svc-1' }),
    ],
    ['keeps pods away from another node group', nodeGroup('large', ['update'], { taint: [taint] })],
    [
      'takes a pool of Auto Mode away',
      update(
        'aws_eks_cluster',
        cluster({}, { compute_config: [{ enabled: true, node_pools: ['system'] }] }),
        cluster({}, { compute_config: [{ enabled: true, node_pools: [] }] }),
      ),
    ],
    [
      'leads some addresses elsewhere',
      creation('aws_route', { route_table_id: 'rtb-1', destination_cidr_block: '0.0.0.0/1', gateway_id: 'i' }),
    ],
    ['adds a route to a table', update('aws_route_table', { route: [] }, { route: [{ a: 1 }] })],
    [
      'opens a security group that is there',
      creation('aws_vpc_security_group_ingress_rule', { security_group_id: 'sg-1', cidr_ipv4: '0.0.0.0/0' }),
    ],
    ['says who may use another bucket', creation('aws_s3_bucket_policy', { bucket: 'of-the-customer' })],
    [
      "takes a thing of the customer's for its own",
      { ...changeOf('aws_subnet', ['no-op']), change: { actions: ['no-op'], importing: { id: 'subnet-1' } } },
    ],
  ])('%s', (_name, change) => {
    expect(verdictOf(change)).toBe('ask');
  });
});

describe('a plan for the base layer is simply carried out when it', () => {
  it.each<[string, TofuResourceChange]>([
    ['raises the version of the cluster', clusterTo('1.35')],
    ['changes the image of a node group', nodeGroup('general')],
    ['adds an endpoint', creation('aws_vpc_endpoint', newEndpoint)],
    [
      'adds a route into a table of its own',
      changeOf('aws_route', ['create'], { after: {}, unknown: { route_table_id: true } }),
    ],
    ['changes the disk of new nodes', update('aws_launch_template', template, { ...template, ebs_optimized: 'true' })],
    [
      'raises an add-on that has its own role',
      update('aws_eks_addon', {}, { service_account_role_arn: `${iam}/lf-acme-storage`, addon_version: '2' }),
    ],
    [
      'adds an endpoint to one more subnet',
      update('aws_vpc_endpoint', endpoint, { ...endpoint, subnet_ids: ['a', 'b', 'c'] }),
    ],
    ['adds a repository', creation('aws_ecr_repository', { image_tag_mutability: 'IMMUTABLE' })],
    ['adds a node group', nodeGroup('extra', ['create'])],
    ["takes the install role's entry away", removal('aws_eks_access_entry', entry(`${iam}/lf-acme-install`))],
    [
      "takes the install role's rights in the cluster away",
      removal('aws_eks_access_policy_association', entry(`${iam}/lf-acme-install`)),
    ],
    ['changes only tags', update('aws_route', { tags: { a: '1' } }, { tags: { a: '2' } })],
    [
      'gives the storage driver its own role',
      creation('aws_eks_pod_identity_association', {
        namespace: 'kube-system',
        service_account: 'ebs',
        role_arn: `${iam}/lf-acme-storage`,
      }),
    ],
    ['reads', { ...changeOf('aws_vpc', ['read']), mode: 'data' }],
    ['does nothing', changeOf('aws_vpc', ['no-op'])],
  ])('%s', (_name, change) => {
    expect(verdictOf(change)).toBe('fine');
  });
});
