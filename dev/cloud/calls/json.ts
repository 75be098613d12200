import { accountId, arn } from '../account.ts';
import type { Check } from '../policy/evaluate.ts';
import { type CloudRequest, isRecord, jsonBodyOf } from '../wire/request.ts';
import type { Call } from './call.ts';
import { passedRoles } from './pass-role.ts';
import { tagContext } from './tag-context.ts';

/** Actions whose resource is always `*`: a statement on particular ARNs does not grant them. */
const accountWide = new Set(['ecr:GetAuthorizationToken', 'kms:CreateKey', 'kms:ListKeys', 'kms:ListAliases']);

/** Services of the JSON protocol: `X-Amz-Target: Prefix.Action` (ECR, KMS, logs, Secrets Manager, ...). */
export function describeJson(request: CloudRequest, service: string): Call {
  const action = (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? '';
  const name = service === 'budgets' ? `budgets:${budgetRight(action)}` : `${service}:${action}`;
  const body = jsonBodyOf(request);
  const resources = accountWide.has(name) ? ['*'] : resourcesOf(service, body);
  const context = {
    ...tagContext(tagsOf(body['tags'] ?? body['Tags'] ?? body['ResourceTags'])),
    ...encryptionContext(service, body),
    ...requestAlias(service, body),
  };
  const own: Check[] =
    resources.length === 0
      ? [{ action: name, context }]
      : resources.map((resource) => ({ action: name, resource, context }));
  const passing = /^(Create|Update|Put|Run|Register|Start)/.test(action)
    ? passedRoles(withoutDocuments(body), service)
    : [];
  const resource = resources[0];
  return {
    service,
    action,
    dialect: 'json',
    checks: [...own, ...passing],
    ...(resource === undefined ? {} : { resource }),
  };
}

function resourcesOf(service: string, body: Record<string, unknown>): string[] {
  const text = (key: string): string | undefined => {
    const value = body[key];
    return typeof value === 'string' ? value : undefined;
  };
  const whole = text('resourceArn') ?? text('ResourceArn') ?? text('ResourceARN');
  if (whole?.startsWith('arn:') === true) return [whole.replace(/:\*$/, '')];
  switch (service) {
    case 'ecr': {
      const many = body['repositoryNames'];
      const names = Array.isArray(many)
        ? many.map(String)
        : [text('repositoryName')].filter((name) => name !== undefined);
      return names.map((name) => arn('ecr', `repository/${name}`));
    }
    case 'kms': {
      const key = text('KeyId') ?? text('TargetKeyId') ?? text('ResourceId');
      const alias = text('AliasName');
      const keys = key === undefined ? [] : [keyArn(key)];
      // Deleting an alias needs the right on the key behind it, too.
      return alias === undefined ? keys : [arn('kms', alias), ...(key === undefined ? [keyArn(alias)] : keys)];
    }
    case 'logs': {
      const group = text('logGroupName');
      return group === undefined ? [] : [arn('logs', `log-group:${group}`)];
    }
    case 'secretsmanager': {
      const secret = text('SecretId');
      if (secret?.startsWith('arn:') === true) return [secret];
      // A right on a secret is one on its ARN, which ends in six characters that nobody chooses, also where the call says the name.
      const name = secret ?? text('Name');
      return name === undefined ? [] : [arn('secretsmanager', `secret:${name}-AbCdEf`)];
    }
    case 'dynamodb': {
      const table = text('TableName');
      return table === undefined ? [] : [arn('dynamodb', `table/${table}`)];
    }
    case 'ssm': {
      const parameter = text('Name');
      return parameter === undefined ? [] : [arn('ssm', `parameter/${parameter.replace(/^\//, '')}`)];
    }
    case 'sqs': {
      const queue = text('QueueName') ?? text('QueueUrl')?.split('/').at(-1);
      return queue === undefined ? [] : [`arn:aws:sqs:eu-central-1:${accountId}:${queue}`];
    }
    case 'budgets': {
      const budget = isRecord(body['Budget']) ? body['Budget']['BudgetName'] : text('BudgetName');
      return typeof budget === 'string' ? [arn('budgets', `budget/${budget}`, {})] : [];
    }
    default:
      return [];
  }
}

/** `key/alias/x` for a key that is named by its alias: whose key that is, the account must be asked. */
export function keyArn(key: string): string {
  const alias = /^(?:arn:[^/]*:)?(alias\/.+)$/.exec(key)?.[1];
  if (alias !== undefined) return arn('kms', `key/${alias}`);
  return key.startsWith('arn:') ? key : arn('kms', `key/${key}`);
}

/** Budgets has two rights for all of its calls. */
function budgetRight(action: string): string {
  if (/^(Tag|Untag|List)/.test(action)) return action;
  return action.startsWith('Describe') ? 'ViewBudget' : 'ModifyBudget';
}

/** Tags come as a list of {Key, Value}, {key, value}, {TagKey, TagValue}, or as a map. */
export function tagsOf(value: unknown): Record<string, string> {
  const tags: Record<string, string> = {};
  if (Array.isArray(value)) {
    for (const tag of value) {
      if (!isRecord(tag)) continue;
      const key = tag['Key'] ?? tag['key'] ?? tag['TagKey'];
      if (typeof key === 'string')
        tags[key] = [tag['Value'], tag['value'], tag['TagValue']].find((text) => typeof text === 'string') ?? '';
    }
  } else if (isRecord(value)) {
    for (const [key, text] of Object.entries(value)) tags[key] = String(text);
  }
  return tags;
}

function encryptionContext(service: string, body: Record<string, unknown>): Record<string, string> {
  const value = service === 'kms' ? body['EncryptionContext'] : undefined;
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [`kms:EncryptionContext:${key}`, String(text)]));
}

function requestAlias(service: string, body: Record<string, unknown>): Record<string, string> {
  const alias = service === 'kms' ? /(alias\/.+)$/.exec(String(body['KeyId']))?.[1] : undefined;
  return alias === undefined ? {} : { 'kms:RequestAlias': alias };
}

/** A role ARN inside a policy text is not passed to anybody. */
function withoutDocuments(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !/policy/i.test(key)));
}
