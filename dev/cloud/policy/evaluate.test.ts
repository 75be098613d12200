import { describe, expect, it } from 'vitest';
import { createContext } from './context.ts';
import { parsePolicy } from './document.ts';
import { type Check, evaluate, type Layer } from './evaluate.ts';

const layer = (kind: string, ...statements: unknown[]): Layer => ({
  kind,
  policies: [parsePolicy('test', JSON.stringify({ Version: '2012-10-17', Statement: statements }))],
});
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: unknown) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const deny = (Action: string | string[], Resource: string | string[] = '*', Condition?: unknown) => ({
  Effect: 'Deny',
  Action,
  Resource,
  Condition,
});
const role = 'arn:aws:iam::123456789012:role/lf-one-runner';
const check: Check = { action: 'iam:PassRole', resource: role };
const context = createContext({
  'aws:CurrentTime': '2026-05-01T00:00:00Z',
  'aws:TokenIssueTime': '2026-04-30T23:00:00Z',
  'iam:PassedToService': 'eks.amazonaws.com',
  'aws:PrincipalTag/install': 'one',
  'aws:TagKeys': ['a', 'b'],
});

describe('a decision by policies', () => {
  it.each<[string, Layer[], boolean]>([
    ['nothing is allowed without a statement', [layer('identity-based')], false],
    ['an allow on the action allows', [layer('identity-based', allow('iam:PassRole'))], true],
    ['action names have no case', [layer('identity-based', allow('IAM:passrole'))], true],
    ['a wildcard covers the action', [layer('identity-based', allow('iam:Pass*'))], true],
    ['another action does not', [layer('identity-based', allow('iam:Get*'))], false],
    [
      'the resource must fit',
      [layer('identity-based', allow('iam:PassRole', 'arn:aws:iam::123456789012:role/lf-two-*'))],
      false,
    ],
    ['a resource pattern fits', [layer('identity-based', allow('iam:PassRole', 'arn:aws:iam::*:role/lf-one-*'))], true],
    [
      'a star stays within its part of an ARN',
      [layer('identity-based', allow('iam:PassRole', 'arn:aws:s*:::role/*'))],
      false,
    ],
    [
      'a policy variable is filled',
      [layer('identity-based', allow('iam:PassRole', 'arn:aws:iam::*:role/lf-${aws:PrincipalTag/install}-*'))],
      true,
    ],
    [
      'an absent variable fits nothing',
      [layer('identity-based', allow('iam:PassRole', 'arn:aws:iam::*:role/*${aws:PrincipalTag/none}'))],
      false,
    ],
    ['a deny wins over an allow', [layer('identity-based', allow('*'), deny('iam:PassRole'))], false],
    [
      'a deny elsewhere does not',
      [layer('identity-based', allow('*'), deny('iam:PassRole', 'arn:aws:iam::*:role/other'))],
      true,
    ],
    [
      'a boundary that allows less takes away',
      [layer('identity-based', allow('*')), layer('permissions boundary', allow('s3:*'))],
      false,
    ],
    ['a boundary alone gives nothing', [layer('identity-based'), layer('permissions boundary', allow('*'))], false],
    ['both together allow', [layer('identity-based', allow('iam:*')), layer('permissions boundary', allow('*'))], true],
    [
      'a deny in the boundary wins',
      [layer('identity-based', allow('*')), layer('permissions boundary', allow('*'), deny('iam:*'))],
      false,
    ],
    [
      'a NotAction deny spares what it names',
      [layer('identity-based', allow('*'), { Effect: 'Deny', NotAction: 'iam:*', Resource: '*' })],
      true,
    ],
  ])('%s', (_sentence, layers, allowed) => {
    expect(evaluate(layers, check, context).allowed).toBe(allowed);
  });

  it.each<[string, unknown, boolean]>([
    ['an equal string', { StringEquals: { 'iam:PassedToService': 'eks.amazonaws.com' } }, true],
    ['one of several', { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'eks.amazonaws.com'] } }, true],
    ['another string', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }, false],
    ['a pattern', { StringLike: { 'iam:PassedToService': 'e?s.*' } }, true],
    ['an absent key', { StringEquals: { 'aws:RequestTag/x': 'y' } }, false],
    ['an absent key with IfExists', { StringEqualsIfExists: { 'aws:RequestTag/x': 'y' } }, true],
    ['an absent key, negated', { StringNotEquals: { 'aws:RequestTag/x': 'y' } }, true],
    ['a Null that asks for absence', { Null: { 'aws:RequestTag/x': 'true' } }, true],
    ['a date to come', { DateLessThan: { 'aws:CurrentTime': '2026-06-01T00:00:00Z' } }, true],
    ['a date gone by', { DateLessThan: { 'aws:CurrentTime': '2026-04-01T00:00:00Z' } }, false],
    ['an old session', { DateLessThan: { 'aws:TokenIssueTime': '2026-04-30T23:30:00Z' } }, true],
    ['all of a set', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b', 'c'] } }, true],
    ['any of a set', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['b'] } }, true],
    ['not all of a set', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, false],
    [
      'both of two blocks',
      { StringLike: { 'iam:PassedToService': '*' }, DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
      false,
    ],
  ])('holds or not for %s', (_case, condition, holds) => {
    expect(evaluate([layer('identity-based', allow('*', '*', condition))], check, context).allowed).toBe(holds);
    expect(evaluate([layer('identity-based', allow('*'), deny('*', '*', condition))], check, context).allowed).toBe(
      !holds,
    );
  });

  it.each([
    ['operator', { IpAddressish: { 'aws:SourceIp': '10.0.0.0/8' } }, /cannot evaluate the operator IpAddressish/],
    ['key', { StringEquals: { 'aws:Unheard': 'x' } }, /cannot evaluate the condition key aws:unheard/],
  ])('refuses aloud what has an %s it does not know, in an allow and in a deny', (_what, condition, reason) => {
    const inAllow = evaluate([layer('identity-based', allow('*', '*', condition))], check, context);
    const inDeny = evaluate([layer('identity-based', allow('*'), deny('*', '*', condition))], check, context);
    for (const decision of [inAllow, inDeny])
      expect(decision).toMatchObject({ allowed: false, reason: expect.stringMatching(reason) });
  });
});
