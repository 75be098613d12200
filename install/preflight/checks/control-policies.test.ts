import { describe, expect, it } from 'vitest';
import { deniedBy } from './control-policies.ts';

const allow = {
  name: 'FullAWSAccess',
  attachedTo: 'r-1',
  document: statement({ Effect: 'Allow', Action: '*', Resource: '*' }),
};

function statement(one: object): object {
  return { Version: '2012-10-17', Statement: [one] };
}

function denied(one: object, action = 'eks:CreateCluster', region = 'eu-central-1'): 'sure' | 'perhaps' | 'no' {
  const policies = [
    allow,
    { name: 'p', attachedTo: 'r-1', document: statement({ Effect: 'Deny', Resource: '*', ...one }) },
  ];
  const [denial] = deniedBy(policies, [action], region);
  if (denial === undefined) return 'no';
  return denial.sure ? 'sure' : 'perhaps';
}

describe('a service control policy', () => {
  it.each([
    ['that denies the action', { Action: 'eks:CreateCluster' }, 'sure'],
    ['that denies the service, in other letters', { Action: ['EKS:*'] }, 'sure'],
    ['that denies another action', { Action: 'eks:CreateClust' }, 'no'],
    ['that denies all but other services', { NotAction: ['iam:*', 's3:*'] }, 'sure'],
    ['that denies all but this service', { NotAction: ['eks:*'] }, 'no'],
    [
      'for other regions',
      { Action: '*', Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1'] } } },
      'no',
    ],
    ['for this region', { Action: '*', Condition: { StringNotLike: { 'aws:RequestedRegion': 'us-*' } } }, 'sure'],
    [
      'for people',
      { Action: '*', Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ops' } } },
      'perhaps',
    ],
    ['on some resources', { Action: '*', Resource: 'arn:aws:eks:*:*:cluster/prod' }, 'perhaps'],
  ] as const)('%s', (_, one, answer) => {
    expect(denied(one)).toBe(answer);
  });

  it('is not read as harmless when it cannot be read at all', () => {
    const odd = { name: 'odd', attachedTo: 'r-1', document: { Statement: 'none' } };
    expect(deniedBy([allow, odd], ['eks:CreateCluster'], 'eu-central-1')).toMatchObject([
      { policy: 'odd', sure: false },
    ]);
  });

  it('denies by allowing nothing at one level', () => {
    const unit = {
      name: 'iam-only',
      attachedTo: 'ou-1',
      document: statement({ Effect: 'Allow', Action: 'iam:*', Resource: '*' }),
    };
    expect(deniedBy([allow, unit], ['iam:GetRole', 'eks:CreateCluster'], 'eu-central-1')).toEqual([
      { action: 'eks:CreateCluster', policy: 'nothing at ou-1 allows it', sure: true },
    ]);
  });
});
