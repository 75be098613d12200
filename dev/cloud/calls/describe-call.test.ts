import { describe, expect, it } from 'vitest';
import type { CloudRequest } from '../wire/request.ts';
import { describeCall } from './describe-call.ts';

type Sent = Partial<Omit<CloudRequest, 'body'>> & { body?: string };
const describeSent = (service: string, sent: Sent): string[] => {
  const body = Buffer.from(sent.body ?? '');
  const call = describeCall({ method: 'GET', target: '/', headers: {}, ...sent, body }, service);
  return call.checks.map((check) => `${check.action} ${check.resource ?? '(any)'}`);
};
const form = (fields: Record<string, string>): Sent => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: new URLSearchParams(fields).toString(),
});
const json = (target: string, body: unknown): Sent => ({
  method: 'POST',
  headers: { 'x-amz-target': target },
  body: JSON.stringify(body),
});
const role = 'arn:aws:iam::123456789012:role/lf-node';

describe('the rights a request needs, from the wire', () => {
  it.each<[string, Sent, string[]]>([
    ['sts', form({ Action: 'GetCallerIdentity' }), []],
    ['sts', form({ Action: 'AssumeRole', RoleArn: role }), [`sts:AssumeRole ${role}`]],
    ['iam', form({ Action: 'DeleteRole', RoleName: 'lf-node' }), [`iam:DeleteRole ${role}`]],
    [
      'iam',
      form({ Action: 'CreatePolicy', PolicyName: 'p', Path: '/lf/' }),
      ['iam:CreatePolicy arn:aws:iam::123456789012:policy/lf/p'],
    ],
    ['iam', form({ Action: 'ListRoles' }), ['iam:ListRoles (any)']],
    ['ec2', form({ Action: 'CreateVpc' }), ['ec2:CreateVpc (any)']],
    [
      'ec2',
      form({ Action: 'CreateFlowLogs', DeliverLogsPermissionArn: role }),
      ['ec2:CreateFlowLogs (any)', `iam:PassRole ${role}`],
    ],
    ['s3', { target: '/' }, ['s3:ListAllMyBuckets *']],
    ['s3', { target: '/state?list-type=2&prefix=base' }, ['s3:ListBucket arn:aws:s3:::state']],
    ['s3', { method: 'HEAD', target: '/state' }, ['s3:ListBucket arn:aws:s3:::state']],
    ['s3', { method: 'PUT', target: '/state?versioning' }, ['s3:PutBucketVersioning arn:aws:s3:::state']],
    ['s3', { method: 'DELETE', target: '/state?encryption' }, ['s3:PutEncryptionConfiguration arn:aws:s3:::state']],
    ['s3', { method: 'POST', target: '/state?delete' }, ['s3:DeleteObject arn:aws:s3:::state/*']],
    ['s3', { method: 'DELETE', target: '/state/a%20b?versionId=1' }, ['s3:DeleteObjectVersion arn:aws:s3:::state/a b']],
    [
      's3',
      { method: 'PUT', target: '/state/a', headers: { 'x-amz-copy-source': '/other/b' } },
      ['s3:PutObject arn:aws:s3:::state/a', 's3:GetObject arn:aws:s3:::other/b'],
    ],
    ['ecr', json('AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken', {}), ['ecr:GetAuthorizationToken *']],
    [
      'ecr',
      json('AmazonEC2ContainerRegistry_V20150921.PutImage', { repositoryName: 'lf/a' }),
      ['ecr:PutImage arn:aws:ecr:eu-central-1:123456789012:repository/lf/a'],
    ],
    ['kms', json('TrentService.Decrypt', { KeyId: 'k' }), ['kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/k']],
    ['eks', { target: '/clusters/one' }, ['eks:DescribeCluster arn:aws:eks:eu-central-1:123456789012:cluster/one']],
    [
      'eks',
      { method: 'POST', target: '/clusters/one/node-groups', body: JSON.stringify({ nodeRole: role }) },
      ['eks:CreateNodegroup arn:aws:eks:eu-central-1:123456789012:cluster/one', `iam:PassRole ${role}`],
    ],
    [
      'eks',
      { method: 'DELETE', target: `/clusters/one/access-entries/${encodeURIComponent(role)}` },
      ['eks:DeleteAccessEntry arn:aws:eks:eu-central-1:123456789012:access-entry/one/role/123456789012/lf-node/id'],
    ],
    ['eks', { target: '/clusters/one/insights' }, ['eks:GET /clusters/one/insights (any)']],
    [
      'lambda',
      { method: 'POST', target: '/2015-03-31/functions', body: JSON.stringify({ Role: role }) },
      ['lambda:CreateFunction (any)', `iam:PassRole ${role}`],
    ],
    ['lambda', { target: '/2015-03-31/functions/' }, ['lambda:ListFunctions (any)']],
    [
      'lambda',
      { target: '/2015-03-31/functions/f/policy' },
      ['lambda:GetPolicy arn:aws:lambda:eu-central-1:123456789012:function:f'],
    ],
    ['ram', { method: 'POST', target: '/getresourceshares' }, ['ram:GetResourceShares (any)']],
    ['mq', { target: '/v1/brokers' }, ['mq:GET /v1/brokers (any)']],
    [
      'budgets',
      json('AWSBudgetServiceGateway.CreateBudget', { AccountId: '123456789012', Budget: { BudgetName: 'b' } }),
      ['budgets:ModifyBudget arn:aws:budgets::123456789012:budget/b'],
    ],
  ])('%s %o', (service, sent, checks) => {
    expect(describeSent(service, sent)).toEqual(checks);
  });
});
