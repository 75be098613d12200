import { arn } from '../account.ts';
import { routeEks } from '../eks/routes.ts';
import type { Check } from '../policy/evaluate.ts';
import { type CloudRequest, jsonBodyOf } from '../wire/request.ts';
import type { Call } from './call.ts';
import { eksContext } from './eks-context.ts';
import { entryPath } from './entry-path.ts';
import { tagsOf } from './json.ts';
import { passRole } from './pass-role.ts';
import { tagContext } from './tag-context.ts';

/** EKS: REST with JSON; the table of routes names the actions. */
export function describeEks(request: CloudRequest): Call {
  const route = routeEks(request);
  if (route === undefined) {
    const action = `${request.method} ${request.target.split('?', 1)[0]}`;
    return { service: 'eks', action, dialect: 'rest-json', checks: [{ action: `eks:${action}` }] };
  }
  const body = jsonBodyOf(request);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const resource = resourceOf(route.action, {
    ...route.parameters,
    name: route.parameters['cluster'] ?? text(body['name']) ?? '',
  });
  const own: Check = {
    action: `eks:${route.action}`,
    resource,
    context: {
      ...tagContext(tagsOf(body['tags'])),
      ...eksContext(route.parameters, body),
    },
  };
  return {
    service: 'eks',
    action: route.action,
    dialect: 'rest-json',
    resource,
    checks: [own, ...passed(route.action, body)],
  };
}

function passed(action: string, body: Record<string, unknown>): Check[] {
  const role = body[{ CreateCluster: 'roleArn', CreateNodegroup: 'nodeRole' }[action] ?? 'roleArn'];
  if (typeof role !== 'string') return [];
  if (action === 'CreateCluster' || action === 'CreateNodegroup') return [passRole(role, 'eks.amazonaws.com')];
  if (action.endsWith('PodIdentityAssociation')) return [passRole(role, 'pods.eks.amazonaws.com')];
  return [];
}

function resourceOf(action: string, at: Record<string, string>): string {
  if (
    action === 'ListClusters' ||
    (action.startsWith('DescribeAddon') && at['cluster'] === undefined) ||
    action === 'ListAccessPolicies'
  )
    return '*';
  if (at['arn'] !== undefined) return at['arn'];
  const cluster = at['name'] ?? '';
  if (at['nodegroup'] !== undefined) return arn('eks', `nodegroup/${cluster}/${at['nodegroup']}/id`);
  if (at['addon'] !== undefined) return arn('eks', `addon/${cluster}/${at['addon']}/id`);
  if (at['association'] !== undefined) return arn('eks', `podidentityassociation/${cluster}/${at['association']}`);
  if (at['principal'] !== undefined) return arn('eks', `access-entry/${cluster}/${entryPath(at['principal'])}/id`);
  return arn('eks', `cluster/${cluster}`);
}
