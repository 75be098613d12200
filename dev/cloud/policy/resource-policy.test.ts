import { describe, expect, it } from 'vitest';
import { createContext } from './context.ts';
import { parsePolicy } from './document.ts';
import { evaluateResourcePolicy } from './resource-policy.ts';
import type { Asker } from './trust.ts';

const stranger: Asker = { kind: 'aws', arns: ['arn:aws:iam::777777777777:user/stranger'], account: '777777777777' };
const resource = 'arn:aws:s3:::b/a';
const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const decide = (...statements: object[]) =>
  evaluateResourcePolicy(
    parsePolicy('p', JSON.stringify({ Statement: statements })),
    stranger,
    { action: 's3:GetObject', resource },
    createContext({ 'aws:PrincipalAccount': '777777777777', 'aws:SecureTransport': 'true' }),
  );

describe('a resource’s policy, to somebody of another account', () => {
  it.each<[string, object[], object]>([
    ['lets in whom it names', [{ ...allow, Principal: { AWS: stranger.arns } }], { effect: 'allow', to: 'principal' }],
    [
      'lets in whose account it names',
      [{ ...allow, Principal: { AWS: '777777777777' } }],
      { effect: 'allow', to: 'account' },
    ],
    ['lets in everybody', [{ ...allow, Principal: '*' }], { effect: 'allow', to: 'principal' }],
    ['says nothing about others', [{ ...allow, Principal: { AWS: '999999999999' } }], { effect: 'none' }],
    [
      'says nothing about services to people',
      [{ ...allow, Principal: { Service: 'sns.amazonaws.com' } }],
      { effect: 'none' },
    ],
    ['says nothing about other actions', [{ ...allow, Action: 's3:PutObject', Principal: '*' }], { effect: 'none' }],
    [
      'says nothing about other resources',
      [{ ...allow, Resource: 'arn:aws:s3:::other/*', Principal: '*' }],
      { effect: 'none' },
    ],
    [
      'is about its own resource without a Resource',
      [{ ...allow, Resource: undefined, Principal: '*' }],
      { effect: 'allow' },
    ],
    [
      'lets nobody in whose condition does not hold',
      [{ ...allow, Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': '1' } } }],
      { effect: 'none' },
    ],
    [
      'lets nobody in where a condition cannot be evaluated, and says so',
      [{ ...allow, Principal: '*', Condition: { StringEquals: { 'aws:Moon': 'full' } } }],
      { effect: 'none', reason: 'the stand-in cannot evaluate the condition key aws:moon' },
    ],
    [
      'refuses by a deny, whatever it allows',
      [
        { ...allow, Principal: '*' },
        { ...allow, Effect: 'Deny', Principal: '*' },
      ],
      { effect: 'deny' },
    ],
    [
      'refuses all but those it spares',
      [
        { ...allow, Principal: '*' },
        { ...allow, Effect: 'Deny', NotPrincipal: { AWS: 'arn:aws:iam::123456789012:root' } },
      ],
      { effect: 'deny' },
    ],
    [
      'spares whom it spares',
      [
        { ...allow, Principal: '*' },
        { ...allow, Effect: 'Deny', NotPrincipal: { AWS: stranger.arns } },
      ],
      { effect: 'allow', to: 'principal' },
    ],
    [
      'does not refuse by a deny whose condition does not hold',
      [
        { ...allow, Principal: '*' },
        { ...allow, Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
      { effect: 'allow' },
    ],
  ])('%s', (_sentence, statements, wanted) => {
    expect(decide(...statements)).toMatchObject(wanted);
  });
});
