import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../../dev/cloud/index.ts';
import { engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { renderTrustForPeople, type TrustKind, trusts } from '../../stacks/index.ts';
import { sampleValues } from './policies.ts';

const roleArn = (kind: string): string => `arn:aws:iam::${sampleValues.account}:role/lf-acme-${kind}`;
const assume = [{ Effect: 'Allow' as const, Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: '*' }];

/** The trusts that the account stack writes, against a security token service that obeys them. */
describe.skipIf(!engines.available).each([
  { name: 'as they are', guards: {}, refuses: true },
  { name: 'with the trust guard off', guards: { trust: false }, refuses: false },
])('the trusts of upgrade and teardown role $name', ({ guards, refuses }) => {
  let account: OpenAccount;
  const who: Record<string, Credentials> = {};

  beforeAll(async () => {
    account = await openAccount(guards);
    const { people } = account.cloud;
    const trustOf = (kind: TrustKind): unknown =>
      JSON.parse(renderTrustForPeople(trusts[kind], sampleValues)).Statement[0];
    for (const kind of ['upgrade', 'teardown'] as const)
      await account.makeRole(`lf-acme-${kind}`, trustOf(kind), assume);
    // Stand-ins of the other roles, which the admin may become; each has every right to ask.
    const trustAdmin = { Effect: 'Allow', Principal: { AWS: people.customerAdmin.arn }, Action: 'sts:AssumeRole' };
    for (const name of ['lf-acme-runner', 'lf-acme-install', 'lf-other-runner']) {
      await account.makeRole(name, trustAdmin, assume);
      const RoleArn = `arn:aws:iam::${sampleValues.account}:role/${name}`;
      who[name] = await account.assume(people.customerAdmin, { RoleArn });
    }
    who['the vendor'] = people.vendorInstaller;
    who['a stranger'] = people.stranger;
    who['the customer’s admin'] = people.customerAdmin;
  });
  afterAll(() => account?.stop());

  const outcome = (asker: string, kind: string): Promise<string> => {
    const credentials = who[asker];
    if (credentials === undefined) throw new Error(`nobody is called ${asker}`);
    return account.assume(credentials, { RoleArn: roleArn(kind) }).then(
      () => 'let in',
      (error: Error) => error.name,
    );
  };

  it('let in whom they are for', async () => {
    expect(await outcome('lf-acme-runner', 'upgrade')).toBe('let in');
    expect(await outcome('the customer’s admin', 'teardown')).toBe('let in');
  });

  it.each([
    ['the vendor', 'upgrade'],
    ['a stranger', 'upgrade'],
    ['lf-acme-install', 'upgrade'],
    ['lf-other-runner', 'upgrade'],
    ['the customer’s admin', 'upgrade'],
    ['the vendor', 'teardown'],
    ['a stranger', 'teardown'],
    ['lf-acme-runner', 'teardown'],
    ['lf-acme-install', 'teardown'],
  ])('refuse %s the %s role', async (asker, kind) => {
    expect(await outcome(asker, kind)).toBe(refuses ? 'AccessDenied' : 'let in');
  });
});
