import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountFacts } from './account-facts.ts';
import { outsidePrincipals } from './outside-principals.ts';

const own = '123456789012';
const other = '999999999999';
const org = 'o-abcdefghij';
const facts: AccountFacts = {
  accountId: own,
  organizationId: org,
  ownIssuers: new Set(['oidc.eks.eu-central-1.amazonaws.com/id/OWN']),
  canonicalUserId: 'own-canonical-id',
};
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (principal: unknown, condition?: object) =>
  policy({
    Effect: 'Allow',
    Principal: principal,
    Action: 's3:GetObject',
    ...(condition === undefined ? {} : { Condition: condition }),
  });
const found = (document: unknown) => outsidePrincipals(document, facts);
const names = (document: unknown) => found(document).outside.map(({ kind, principal }) => `${kind} ${principal}`);

describe('who is inside and who is outside', () => {
  type Row = [says: string, principal: unknown, outside: string[]];
  const rows: Row[] = [
    ['the own account by id', { AWS: own }, []],
    ['the own account as root', { AWS: `arn:aws:iam::${own}:root` }, []],
    [
      'an own role and an own session',
      { AWS: [`arn:aws:iam::${own}:role/a`, `arn:aws:sts::${own}:assumed-role/a/b`] },
      [],
    ],
    ['another account by id', { AWS: other }, [`aws ${other}`]],
    ['a role of another account', { AWS: `arn:aws:iam::${other}:role/x` }, [`aws arn:aws:iam::${other}:role/x`]],
    [
      'a session of another account',
      { AWS: `arn:aws:sts::${other}:assumed-role/x/y` },
      [`aws arn:aws:sts::${other}:assumed-role/x/y`],
    ],
    ['an own one among others', { AWS: [own, other] }, [`aws ${other}`]],
    [
      'a CloudFront identity, whose account is not told',
      { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin' },
      ['aws arn:aws:iam::cloudfront:user/CloudFront Origin'],
    ],
    ['anybody', '*', ['anyone *']],
    ['anybody, written as a map', { AWS: '*' }, ['anyone *']],
    ['Google', { Federated: 'accounts.google.com' }, ['federated accounts.google.com']],
    [
      'a SAML provider of the account',
      { Federated: `arn:aws:iam::${own}:saml-provider/corp` },
      [`federated arn:aws:iam::${own}:saml-provider/corp`],
    ],
    [
      "the own cluster's workloads",
      { Federated: `arn:aws:iam::${own}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/OWN` },
      [],
    ],
    [
      "another cluster's workloads",
      { Federated: `arn:aws:iam::${own}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/OTHER` },
      [`federated arn:aws:iam::${own}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/OTHER`],
    ],
    ['the own canonical id', { CanonicalUser: 'own-canonical-id' }, []],
    ['another canonical id', { CanonicalUser: 'abc' }, ['canonical-user abc']],
  ];
  it.each(rows)('%s', (_says, principal, outside) => {
    expect(names(allow(principal))).toEqual(outside);
  });

  it('lists services apart, and says which are bound to this account', () => {
    const bound = { StringEquals: { 'aws:SourceAccount': own } };
    expect(found(allow({ Service: 'sns.amazonaws.com' })).services).toEqual([
      { principal: 'sns.amazonaws.com', bound: false },
    ]);
    expect(found(allow({ Service: 'sns.amazonaws.com' }, bound)).services).toEqual([
      { principal: 'sns.amazonaws.com', bound: true },
    ]);
    expect(found(allow({ Service: 'sns.amazonaws.com' })).outside).toEqual([]);
  });

  it('says what it cannot read, and never leaves it out', () => {
    for (const document of [
      'not json',
      {},
      { Statement: 'x' },
      policy({ Effect: 'Maybe', Principal: '*' }),
      policy({ Effect: 'Allow', principal: '*', Action: '*' }),
      policy({ Effect: 'Allow', Action: '*' }),
      allow({ Robot: 'x' }),
      allow({ AWS: 'AROAEXAMPLEEXAMPLE12' }),
      allow({ AWS: 'arn:aws:iam:role/x' }),
      allow({ Service: '*' }),
    ]) {
      const { unreadable, outside } = found(document);
      expect({ document, unreadable }).toEqual({ document, unreadable: [expect.any(String)] });
      expect(outside).toEqual([]);
    }
  });

  it('reads the URL-encoded text that IAM gives', () => {
    expect(names(encodeURIComponent(JSON.stringify(allow({ AWS: other }))))).toEqual([`aws ${other}`]);
  });

  it('takes NotPrincipal for everybody but', () => {
    expect(names(policy({ Effect: 'Allow', NotPrincipal: { AWS: own }, Action: '*' }))).toEqual(['everyone-but *']);
  });

  it('does not list whom a Deny names, nor believe that a Deny takes an Allow away', () => {
    expect(names(policy({ Effect: 'Deny', Principal: '*', Action: '*' }))).toEqual([]);
    expect(
      names(
        policy(
          { Effect: 'Deny', Principal: '*', Action: '*' },
          { Effect: 'Allow', Principal: { AWS: other }, Action: '*' },
        ),
      ),
    ).toEqual([`aws ${other}`]);
  });
});

describe('conditions on "*"', () => {
  type Row = [says: string, condition: object, outside: string[]];
  const rows: Row[] = [
    ['the own account', { StringEquals: { 'aws:PrincipalAccount': own } }, []],
    ['the own account, in another case', { StringEquals: { 'AWS:PRINCIPALACCOUNT': [own] } }, []],
    ['the account of the resource', { StringEquals: { 'aws:PrincipalAccount': '${aws:ResourceAccount}' } }, []],
    ['the KMS caller of the own account', { StringEquals: { 'kms:CallerAccount': own, 'kms:ViaService': 's3.x' } }, []],
    ['the owner of the topic', { StringEquals: { 'AWS:SourceOwner': own } }, []],
    ['own roles', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${own}:role/*` } }, []],
    ['services for this account', { StringEquals: { 'aws:SourceAccount': own } }, []],
    ['services for resources of this account', { ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:${own}:*` } }, []],
    ['services', { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, []],
    ['an organization', { StringEquals: { 'aws:PrincipalOrgID': org } }, [`organization ${org}`]],
    [
      'the own organization by name',
      { StringEquals: { 'aws:PrincipalOrgID': '${aws:ResourceOrgID}' } },
      [`organization ${org}`],
    ],
    [
      'a path in it',
      { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${org}/r-ab12/*` } },
      [`organization ${org}`],
    ],
    [
      'account and organization together',
      { StringEquals: { 'aws:PrincipalOrgID': org, 'aws:PrincipalAccount': own } },
      [],
    ],
    // What does not narrow who calls:
    ['another account too', { StringEquals: { 'aws:PrincipalAccount': [own, other] } }, ['anyone *']],
    ['no value', { StringEquals: { 'aws:PrincipalAccount': [] } }, ['anyone *']],
    ['anything but the own account', { StringNotEquals: { 'aws:PrincipalAccount': own } }, ['anyone *']],
    ['the own account, if it is said', { StringEqualsIfExists: { 'aws:PrincipalAccount': own } }, ['anyone *']],
    ['all of no values', { 'ForAllValues:StringEquals': { 'aws:PrincipalAccount': own } }, ['anyone *']],
    ['a wildcard for the account', { StringLike: { 'aws:PrincipalAccount': '*' } }, ['anyone *']],
    [
      'a wildcard that reaches into another ARN',
      { StringLike: { 'aws:PrincipalArn': `arn:aws:*::${own}:role/x` } },
      ['anyone *'],
    ],
    ['a wildcard for the organization', { StringLike: { 'aws:PrincipalOrgID': 'o-*' } }, ['anyone *']],
    ['not a service', { Bool: { 'aws:PrincipalIsAWSService': 'false' } }, ['anyone *']],
    [
      'an S3 bucket as source, which tells no account',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::any' } },
      ['anyone *'],
    ],
    ['a network', { StringEquals: { 'aws:SourceVpce': 'vpce-1' } }, ['anyone *']],
    ['an address', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, ['anyone *']],
    ['an ExternalId', { StringEquals: { 'sts:ExternalId': 'x' } }, ['anyone *']],
    ['access points, which decide by themselves', { StringEquals: { 's3:DataAccessPointAccount': own } }, ['anyone *']],
    ['a key named like a member of every object', { StringEquals: { constructor: own } }, ['anyone *']],
  ];
  it.each(rows)('%s', (_says, condition, outside) => {
    expect(names(allow('*', condition))).toEqual(outside);
    expect(names(policy({ Effect: 'Allow', NotPrincipal: { AWS: other }, Action: '*', Condition: condition }))).toEqual(
      outside.map((one) => one.replace('anyone', 'everyone-but')),
    );
  });

  it('are told beside the principal, without their values', () => {
    const { outside } = found(allow({ AWS: other }, { StringEquals: { 'sts:ExternalId': 'a-secret-id' } }));
    expect(outside).toEqual([{ kind: 'aws', principal: other, conditions: ['StringEquals sts:ExternalId'] }]);
  });
});

describe('for any policy', () => {
  const account = fc.stringMatching(/^\d{12}$/).filter((id) => id !== own);
  const outsider = fc.oneof(
    account,
    account.map((id) => `arn:aws:iam::${id}:root`),
    fc
      .tuple(account, fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{1,40}$/))
      .map(([id, name]) => `arn:aws:iam::${id}:role/${name}`),
  );
  const insider = fc.constantFrom(own, `arn:aws:iam::${own}:root`, `arn:aws:iam::${own}:role/a`);

  it('a planted outsider is found wherever it stands, and nobody else is', () => {
    fc.assert(
      fc.property(
        outsider,
        fc.array(insider, { maxLength: 5 }),
        fc.nat(5),
        fc.boolean(),
        (planted, friends, at, encoded) => {
          const list = [...friends.slice(0, at), planted, ...friends.slice(at)];
          const document = policy(
            { Effect: 'Allow', Principal: { AWS: friends.length === 0 ? own : friends }, Action: '*' },
            {
              Effect: 'Allow',
              Principal: { AWS: list.length === 1 ? planted : list, Service: 'ec2.amazonaws.com' },
              Action: '*',
            },
          );
          expect(names(encoded ? JSON.stringify(document) : document)).toEqual([`aws ${planted}`]);
        },
      ),
    );
  });

  it('an Allow with a principal never vanishes: it is inside, outside, a service or unreadable', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('AWS', 'Service', 'Federated', 'CanonicalUser', 'Other'),
        (value, type) => {
          fc.pre(value !== own);
          const { outside, services, unreadable } = found(allow({ [type]: value }));
          expect(outside.length + services.length + unreadable.length).toBe(1);
        },
      ),
    );
  });

  it('nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { outside, services, unreadable } = found(value);
        expect([outside, services, unreadable].every(Array.isArray)).toBe(true);
        found({ Statement: value });
        found({ Statement: [{ Effect: 'Allow', Principal: value, Condition: value }] });
      }),
    );
  });
});
