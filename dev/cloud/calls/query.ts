import { arn, iamArn } from '../account.ts';
import type { Check } from '../policy/evaluate.ts';
import { type CloudRequest, formOf } from '../wire/request.ts';
import type { Call } from './call.ts';
import { ec2Checks } from './ec2.ts';
import { passedRoles } from './pass-role.ts';
import { tagContext } from './tag-context.ts';

/** Services of the query protocol: `Action=...` in a form (IAM, STS, EC2, ...). */
export function describeQuery(request: CloudRequest, service: string): Call {
  const form = formOf(request);
  const action = form.get('Action') ?? '';
  const dialect = service === 'ec2' ? 'ec2' : 'query';
  const checks = checksOf(service, action, form);
  const resource = checks[0]?.resource;
  return { service, action, dialect, checks, ...(resource === undefined ? {} : { resource }) };
}

function checksOf(service: string, action: string, form: URLSearchParams): Check[] {
  const name = `${service}:${action}`;
  if (service === 'sts') return stsChecks(action, form);
  if (service === 'iam') return iamChecks(name, form);
  if (service === 'ec2') return ec2Checks(action, form);
  const resource =
    service === 'sns' ? topicArn(form) : service === 'elasticloadbalancing' ? balancingArn(form) : undefined;
  const own: Check = { action: name, ...(resource === undefined ? {} : { resource }), context: requestTags(form) };
  if (!/^(Create|Update|Put|Run|Register|Modify|Associate|Start)/.test(action)) return [own];
  return [own, ...passedRoles(Object.fromEntries(form), service)];
}

function topicArn(form: URLSearchParams): string | undefined {
  const name = form.get('Name');
  return form.get('TopicArn') ?? form.get('ResourceArn') ?? (name === null ? undefined : arn('sns', name));
}

/** Classic load balancers are called by their names, the others by their ARNs. */
function balancingArn(form: URLSearchParams): string | undefined {
  const name = form.get('LoadBalancerName');
  const named = name === null ? undefined : arn('elasticloadbalancing', `loadbalancer/${name}`);
  return form.get('LoadBalancerArn') ?? form.get('TargetGroupArn') ?? named;
}

function stsChecks(action: string, form: URLSearchParams): Check[] {
  if (action === 'GetCallerIdentity') return [];
  const resource = form.get('RoleArn');
  return [{ action: `sts:${action}`, ...(resource === null ? {} : { resource }) }];
}

function iamChecks(name: string, form: URLSearchParams): Check[] {
  const resource = iamResource(name, form);
  const own: Check = {
    action: name,
    ...(resource === undefined ? {} : { resource }),
    context: {
      ...requestTags(form),
      'iam:PolicyARN': form.get('PolicyArn') ?? undefined,
      'iam:PermissionsBoundary': form.get('PermissionsBoundary') ?? undefined,
      'iam:AWSServiceName': form.get('AWSServiceName') ?? undefined,
    },
  };
  if (name !== 'iam:AddRoleToInstanceProfile') return [own];
  const role = iamArn(`role/${form.get('RoleName')}`);
  return [own, { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }];
}

function iamResource(name: string, form: URLSearchParams): string | undefined {
  const path = form.get('Path') ?? '/';
  const profile = form.get('InstanceProfileName');
  if (profile !== null) return iamArn(`instance-profile${path}${profile}`);
  const role = form.get('RoleName');
  if (role !== null) return iamArn(`role${path}${role}`);
  const user = form.get('UserName');
  if (user !== null) return iamArn(`user${path}${user}`);
  const policyArn = form.get('PolicyArn') ?? form.get('OpenIDConnectProviderArn');
  if (policyArn !== null) return policyArn;
  if (name === 'iam:CreatePolicy') return iamArn(`policy${path}${form.get('PolicyName')}`);
  if (name === 'iam:CreateServiceLinkedRole') {
    return iamArn(`role/aws-service-role/${form.get('AWSServiceName')}/*`);
  }
  return undefined;
}

/** `Tags.member.1.Key` (IAM) as aws:RequestTag/... and aws:TagKeys. */
function requestTags(form: URLSearchParams): Record<string, string | string[] | undefined> {
  const tags: Record<string, string> = {};
  for (const [name, key] of form) {
    if (/(^|\.)Tags?(\.member)?\.\d+\.Key$/.test(name)) tags[key] = form.get(name.replace(/Key$/, 'Value')) ?? '';
  }
  return tagContext(tags);
}
