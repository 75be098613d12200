import { accountId, arn, region } from '../account.ts';
import type { Check } from '../policy/evaluate.ts';
import { passedRoles } from './pass-role.ts';
import { tagContext } from './tag-context.ts';

/** Ids name their kind. Longest prefixes first. */
const typesByPrefix: Record<string, string> = {
  'vpce-svc': 'vpc-endpoint-service',
  vpce: 'vpc-endpoint',
  vpc: 'vpc',
  subnet: 'subnet',
  rtb: 'route-table',
  sgr: 'security-group-rule',
  sg: 'security-group',
  igw: 'internet-gateway',
  eigw: 'egress-only-internet-gateway',
  nat: 'natgateway',
  eipalloc: 'elastic-ip',
  lt: 'launch-template',
  eni: 'network-interface',
  vgw: 'vpn-gateway',
  vpn: 'vpn-connection',
  cgw: 'customer-gateway',
  fl: 'vpc-flow-log',
  vol: 'volume',
  snap: 'snapshot',
  i: 'instance',
  ami: 'image',
  dopt: 'dhcp-options',
  acl: 'network-acl',
  pcx: 'vpc-peering-connection',
  pl: 'prefix-list',
  rtbassoc: 'association',
  eipassoc: 'association',
};

/** `arn:...:subnet/subnet-1` for an id, undefined for what is none. */
export function ec2Arn(id: string): string | undefined {
  const prefix = /^([a-z]+(?:-svc)?)-[0-9a-z]+$/.exec(id)?.[1];
  const type = prefix === undefined ? undefined : typesByPrefix[prefix];
  return type === undefined ? undefined : ec2ArnOf(type, id);
}

/** Images and snapshots belong to no account in their ARN. */
export function ec2ArnOf(type: string, id: string): string {
  if (type === 'image' || type === 'snapshot') return `arn:aws:ec2:${region}::${type}/${id}`;
  return arn('ec2', `${type}/${id}`);
}

/**
 * Checks for every resource that the request names. Which of them the action is checked on, and which it makes itself
 * (`vpc/*`), the reference says later.
 */
export function ec2Checks(action: string, form: URLSearchParams): Check[] {
  const name = `ec2:${action}`;
  const isTagging = action === 'CreateTags' || action === 'DeleteTags';
  const specified = tagSpecifications(form);
  const tags = isTagging
    ? tagContext(listedTags(form, 'Tag'))
    : tagContext(Object.assign({}, ...Object.values(specified)));
  const named = namedArns(action, form);
  const context = { ...tags, 'ec2:Region': region, ...endpointContext(form) };
  const own: Check[] =
    named.length === 0 ? [{ action: name, context }] : named.map((resource) => ({ action: name, resource, context }));
  const tagging = Object.entries(specified).map(([type, values]): Check => ({
    action: 'ec2:CreateTags',
    resource: ec2ArnOf(type, '*'),
    context: { ...tagContext(values), 'ec2:CreateAction': action, 'ec2:Region': region },
  }));
  const passing = /^(Create|Run|Modify|Associate)/.test(action)
    ? passedRoles(Object.fromEntries(form), action === 'CreateFlowLogs' ? 'vpc-flow-logs' : 'ec2')
    : [];
  return [...own, ...tagging, ...passing];
}

function namedArns(action: string, form: URLSearchParams): string[] {
  const found = new Set<string>();
  for (const [name, value] of form) {
    // Ids deeper down are data (a rule's other group, a filter's value), but where instances are started.
    const isOwn = /^\w+(\.\d+)?$/.test(name) || /^SecurityGroupRule\.\d+\.SecurityGroupRuleId$/.test(name);
    if (!isOwn && !(action === 'RunInstances' && /^(NetworkInterface|LaunchTemplate)\./.test(name))) continue;
    const resource = ec2Arn(value);
    if (resource !== undefined) found.add(resource);
  }
  return [...found];
}

function endpointContext(form: URLSearchParams): Check['context'] {
  const service = form.get('ServiceName') ?? undefined;
  if (service === undefined) return {};
  const owner = service.startsWith('com.amazonaws.vpce.') ? accountId : 'amazon';
  return { 'ec2:VpceServiceName': service, 'ec2:VpceServiceOwner': owner };
}

/** `TagSpecification.1.ResourceType` and its tags, by type. */
function tagSpecifications(form: URLSearchParams): Record<string, Record<string, string>> {
  const byType: Record<string, Record<string, string>> = {};
  for (const [name, type] of form) {
    const prefix = /^(TagSpecifications?\.\d+)\.ResourceType$/.exec(name)?.[1];
    if (prefix === undefined) continue;
    const tags = { ...listedTags(form, `${prefix}.Tag`), ...listedTags(form, `${prefix}.Tags`) };
    if (Object.keys(tags).length > 0) byType[type] = tags;
  }
  return byType;
}

function listedTags(form: URLSearchParams, prefix: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let n = 1; ; n += 1) {
    const key = form.get(`${prefix}.${n}.Key`);
    if (key === null) return tags;
    tags[key] = form.get(`${prefix}.${n}.Value`) ?? '';
  }
}
