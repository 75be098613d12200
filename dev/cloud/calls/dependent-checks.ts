import { arn, iamArn, region } from '../account.ts';
import type { Check } from '../policy/evaluate.ts';
import { isRecord } from '../wire/request.ts';
import type { Call } from './call.ts';
import { ec2Arn, ec2ArnOf } from './ec2.ts';
import { keyArn, tagsOf } from './json.ts';
import { tagContext } from './tag-context.ts';

/** What the checks of one call depend on beside its own request. */
export type AccountLookup = {
  hasServiceLinkedRole(service: string): boolean;
  /** The KMS key that a bucket encrypts with; undefined where it uses S3's own. */
  bucketKey(bucket: string): Promise<string | undefined>;
};

type Body = Record<string, unknown>;

/**
 * Rights that a service asks of the caller for what it does in other services on the caller's behalf. AWS's reference does
 * not list them; the services' guides do. EKS and ECR with a key: kms; a launch template: a dry run of RunInstances.
 */
export async function dependentChecks(call: Call, body: Body, account: AccountLookup): Promise<Check[]> {
  switch (`${call.service}:${call.action}`) {
    case 'eks:CreateCluster':
      return [
        ...keysOf(body['encryptionConfig']).flatMap((key) => keyUse(key, 'eks')),
        ...serviceLinkedRole('eks.amazonaws.com', 'AWSServiceRoleForAmazonEKS', account),
        ...tagging('eks:TagResource', call.resource, body),
      ];
    case 'eks:CreateNodegroup':
      return [
        ...launch(body),
        ...serviceLinkedRole('eks-nodegroup.amazonaws.com', 'AWSServiceRoleForAmazonEKSNodegroup', account),
        ...tagging('eks:TagResource', created(call, 'nodegroup', body['nodegroupName']), body),
      ];
    case 'eks:UpdateNodegroupVersion':
      return launch(body);
    case 'eks:CreateAddon':
      return tagging('eks:TagResource', created(call, 'addon', body['addonName']), body);
    case 'eks:CreateAccessEntry':
      return tagging('eks:TagResource', created(call, 'access-entry', '*'), body);
    case 'eks:CreatePodIdentityAssociation':
      return tagging('eks:TagResource', clusterPart(call, 'podidentityassociation', '*'), body);
    case 'ecr:CreateRepository':
      return [...registryKey(body), ...tagging('ecr:TagResource', call.resource, body)];
    case 'logs:CreateLogGroup':
      return tagging('logs:TagResource', call.resource, body);
    case 's3:PutObject':
      return objectKey(call, 'kms:GenerateDataKey', account);
    case 's3:GetObject':
    case 's3:GetObjectVersion':
      return objectKey(call, 'kms:Decrypt', account);
    default:
      return [];
  }
}

/** S3 encrypts and decrypts with the rights of whoever writes and reads. */
async function objectKey(call: Call, action: string, account: AccountLookup): Promise<Check[]> {
  const bucket = /^arn:aws:s3:::([^/]+)\//.exec(call.resource ?? '')?.[1];
  const key = bucket === undefined ? undefined : await account.bucketKey(bucket);
  return key === undefined ? [] : [{ action, resource: keyArn(key), context: onBehalf('s3') }];
}

/** The caller grants the service the use of the key. */
function keyUse(key: string, service: string): Check[] {
  const context = onBehalf(service);
  const resource = keyArn(key);
  return [
    { action: 'kms:DescribeKey', resource, context },
    { action: 'kms:CreateGrant', resource, context: { ...context, 'kms:GrantIsForAWSResource': 'true' } },
  ];
}

function onBehalf(service: string): Check['context'] {
  return {
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': [`${service}.amazonaws.com`],
    'kms:ViaService': `${service}.${region}.amazonaws.com`,
  };
}

function keysOf(encryption: unknown): string[] {
  const entries = Array.isArray(encryption) ? encryption.filter(isRecord) : [];
  const keys = entries.map((entry) => (isRecord(entry['provider']) ? entry['provider']['keyArn'] : undefined));
  return keys.filter((key) => typeof key === 'string');
}

function registryKey(body: Body): Check[] {
  const encryption = body['encryptionConfiguration'];
  const key = isRecord(encryption) && encryption['encryptionType'] === 'KMS' ? encryption['kmsKey'] : undefined;
  return typeof key === 'string' ? keyUse(key, 'ecr') : [];
}

function launch(body: Body): Check[] {
  const template = body['launchTemplate'];
  const id = isRecord(template) ? template['id'] : undefined;
  if (typeof id !== 'string') return [];
  const subnets = Array.isArray(body['subnets']) ? body['subnets'].map(String) : [];
  const launched = ['instance', 'volume', 'network-interface', 'image', 'security-group'].map((type) =>
    ec2ArnOf(type, '*'),
  );
  const named = [id, ...subnets].map(ec2Arn).filter((resource) => resource !== undefined);
  const context = {
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': ['eks.amazonaws.com'],
    'ec2:IsLaunchTemplateResource': 'true',
    'ec2:LaunchTemplate': ec2ArnOf('launch-template', id),
    'ec2:Region': region,
  };
  return [...named, ...launched].map((resource) => ({ action: 'ec2:RunInstances', resource, context }));
}

function serviceLinkedRole(service: string, role: string, account: AccountLookup): Check[] {
  if (account.hasServiceLinkedRole(service)) return [];
  const resource = iamArn(`role/aws-service-role/${service}/${role}`);
  return [{ action: 'iam:CreateServiceLinkedRole', resource, context: { 'iam:AWSServiceName': service } }];
}

function tagging(action: string, resource: string | undefined, body: Body): Check[] {
  const context = tagContext(tagsOf(body['tags']));
  return Object.keys(context).length === 0 || resource === undefined ? [] : [{ action, resource, context }];
}

/** `nodegroup/<cluster>/<name>/*`: the last part is not known before it is made. */
function created(call: Call, kind: string, name: unknown): string {
  return clusterPart(call, kind, name === '*' ? '*' : `${String(name)}/*`);
}

function clusterPart(call: Call, kind: string, rest: string): string {
  const cluster = /:cluster\/(.+)$/.exec(call.resource ?? '')?.[1] ?? '';
  return arn('eks', `${kind}/${cluster}/${rest}`);
}
