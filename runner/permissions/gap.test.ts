import { describe, expect, it } from 'vitest';
import type { Permission } from '../../contract/index.ts';
import { covers, type GivenStatement, permissionGap } from './gap.ts';
import { statementsIn } from './given.ts';

const values = { prefix: 'lf-acme', account: '123456789012', region: 'eu-central-1', partition: 'aws' };
const bucket = 'arn:${partition}:s3:::${prefix}-events';
const needs = (actions: string[], resources = [bucket]): Permission[] => [
  { sid: 'Events', actions, resources, reason: 'Keeps events.' },
];
const gives = (actions: string[], resources = ['arn:aws:s3:::lf-acme-events']): GivenStatement[] => [
  { actions, resources },
];

describe('what a release needs and the account does not give', () => {
  it.each<[string, Permission[], GivenStatement[], object[]]>([
    ['nothing is needed', [], [], []],
    ['all is given, placeholders filled in', needs(['s3:CreateBucket']), gives(['s3:CreateBucket']), []],
    ['it is given by a wider action', needs(['s3:CreateBucket']), gives(['s3:Create*']), []],
    ['it is given on more', needs(['s3:CreateBucket']), gives(['s3:CreateBucket'], ['arn:aws:s3:::lf-acme-*']), []],
    ['actions are written otherwise', needs(['s3:createbucket']), gives(['S3:CreateBucket']), []],
    [
      'it is given by two statements',
      needs(['s3:CreateBucket', 's3:DeleteBucket']),
      [...gives(['s3:DeleteBucket']), ...gives(['s3:CreateBucket'])],
      [],
    ],
    [
      'one action is missing',
      needs(['s3:CreateBucket', 's3:DeleteBucket']),
      gives(['s3:CreateBucket']),
      [{ sid: 'Events', actions: ['s3:DeleteBucket'], resources: ['arn:aws:s3:::lf-acme-events'] }],
    ],
    [
      'another resource is given',
      needs(['s3:CreateBucket']),
      gives(['s3:CreateBucket'], ['arn:aws:s3:::lf-other-events']),
      [{ sid: 'Events', actions: ['s3:CreateBucket'], resources: ['arn:aws:s3:::lf-acme-events'] }],
    ],
    [
      'action and resource are given, but not together',
      needs(['s3:CreateBucket']),
      [...gives(['s3:CreateBucket'], ['arn:aws:s3:::x']), ...gives(['s3:GetObject'])],
      [{ sid: 'Events', actions: ['s3:CreateBucket'] }],
    ],
    [
      'it is needed everywhere and given somewhere',
      needs(['s3:CreateBucket'], ['*']),
      gives(['s3:CreateBucket'], ['arn:aws:s3:::lf-acme-??????']),
      [{ sid: 'Events', resources: ['*'] }],
    ],
    [
      'a name in a resource is not known here: the action decides',
      needs(['kms:Decrypt'], ['${cluster-key}']),
      gives(['kms:Decrypt'], ['x']),
      [],
    ],
    [
      'a name is not known, and neither is the action given',
      needs(['kms:Decrypt'], ['${cluster-key}']),
      gives(['kms:Encrypt'], ['x']),
      [{ resources: ['${cluster-key}'] }],
    ],
  ])('when %s', (_name, needed, given, missing) => {
    expect(permissionGap(needed, given, values)).toMatchObject(missing);
    expect(permissionGap(needed, given, values)).toHaveLength(missing.length);
  });

  it('matches as IAM does, and in no time whatever the pattern', () => {
    expect(covers('arn:aws:s3:::a*c?', 'arn:aws:s3:::abbcd')).toBe(true);
    expect(covers('a*b', 'a*')).toBe(false);
    expect(covers('a?', 'a*')).toBe(false);
    expect(covers('a*', 'a*')).toBe(true);
    expect(covers('', 'a')).toBe(false);
    expect(covers(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('a policy document', () => {
  it('gives what its allowing statements name, as lists or alone; denials and exceptions give nothing', () => {
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'A', Effect: 'Allow', Action: 's3:GetObject', Resource: ['a', 'b'] },
        { Sid: 'B', Effect: 'Deny', Action: '*', Resource: '*' },
        { Sid: 'C', Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
        { Sid: 'D', Effect: 'Allow', Action: '*', NotResource: 'x' },
      ],
    });
    expect(statementsIn(text, 'p')).toEqual([{ actions: ['s3:GetObject'], resources: ['a', 'b'] }]);
  });
});
