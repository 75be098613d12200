import { refusalOf } from '../aws-error.ts';
import { isMadeByController, type Tags } from './cluster-tags.ts';
import { elements, members, readXml, textOf, type XmlElement } from './read-xml.ts';
import type { Thing } from './receipt.ts';
import type { SignedCaller } from './signed-call.ts';

const service = 'elasticloadbalancing';
const modern = '2015-12-01';
const classic = '2012-06-01';
/** DescribeTags takes no more at once. */
const tagsAtOnce = 20;

export type LoadBalancing = { loadBalancers: Thing[]; classicLoadBalancers: Thing[]; targetGroups: Thing[] };

/** Load balancers and target groups that controllers of this cluster made; of no other. */
export async function findLoadBalancing(caller: SignedCaller, cluster: string): Promise<LoadBalancing> {
  const arns = async (action: string, list: string, name: string): Promise<string[]> =>
    (await pages(caller, modern, action, list)).map((each) => textOf(each, name));
  const loadBalancers = await arns('DescribeLoadBalancers', 'LoadBalancers', 'LoadBalancerArn');
  const targetGroups = await arns('DescribeTargetGroups', 'TargetGroups', 'TargetGroupArn');
  const classics = await pages(caller, classic, 'DescribeLoadBalancers', 'LoadBalancerDescriptions');
  const names = classics.map((each) => textOf(each, 'LoadBalancerName'));
  const ours = async (version: string, kind: string, ids: string[]): Promise<Thing[]> => {
    const tags = await tagsOf(caller, version, ids);
    return ids.filter((id) => isMadeByController(tags.get(id) ?? {}, cluster)).map((id) => ({ kind, id }));
  };
  return {
    loadBalancers: await ours(modern, 'load-balancer', loadBalancers),
    classicLoadBalancers: await ours(classic, 'classic-load-balancer', names),
    targetGroups: await ours(modern, 'target-group', targetGroups),
  };
}

/** False: it is in use still, by a load balancer that is on its way out. */
export async function deleteLoadBalancing(caller: SignedCaller, thing: Thing): Promise<boolean> {
  try {
    if (thing.kind === 'classic-load-balancer') {
      await caller.query(service, classic, 'DeleteLoadBalancer', { LoadBalancerName: thing.id });
    } else if (thing.kind === 'target-group') {
      await caller.query(service, modern, 'DeleteTargetGroup', { TargetGroupArn: thing.id });
    } else {
      // Terraform's habit as well: protection is a switch against accidents, and this is none.
      await caller.query(service, modern, 'ModifyLoadBalancerAttributes', {
        LoadBalancerArn: thing.id,
        'Attributes.member.1.Key': 'deletion_protection.enabled',
        'Attributes.member.1.Value': 'false',
      });
      await caller.query(service, modern, 'DeleteLoadBalancer', { LoadBalancerArn: thing.id });
    }
    return true;
  } catch (error) {
    const name = refusalOf(error)?.name ?? '';
    if (name === 'ResourceInUse') return false;
    if (/NotFound$/.test(name)) return true;
    throw error;
  }
}

async function pages(caller: SignedCaller, version: string, action: string, list: string): Promise<XmlElement[]> {
  const found: XmlElement[] = [];
  let marker = '';
  do {
    const answer = readXml(await caller.query(service, version, action, marker === '' ? {} : { Marker: marker }));
    const result = elements(answer, `${action}Result`)[0];
    found.push(...members(result, list));
    marker = textOf(result, 'NextMarker');
  } while (marker !== '');
  return found;
}

async function tagsOf(caller: SignedCaller, version: string, ids: readonly string[]): Promise<Map<string, Tags>> {
  const found = new Map<string, Tags>();
  const parameter = version === modern ? 'ResourceArns' : 'LoadBalancerNames';
  for (let at = 0; at < ids.length; at += tagsAtOnce) {
    const some = ids.slice(at, at + tagsAtOnce).map((id, i) => [`${parameter}.member.${i + 1}`, id]);
    const answer = readXml(await caller.query(service, version, 'DescribeTags', Object.fromEntries(some)));
    for (const each of members(elements(answer, 'DescribeTagsResult')[0], 'TagDescriptions')) {
      const id = textOf(each, version === modern ? 'ResourceArn' : 'LoadBalancerName');
      found.set(id, Object.fromEntries(members(each, 'Tags').map((tag) => [textOf(tag, 'Key'), textOf(tag, 'Value')])));
    }
  }
  return found;
}
