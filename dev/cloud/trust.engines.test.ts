import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

const trust = (externalId: string, until: string) => ({
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:role/landfall-installer' },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'sts:ExternalId': externalId }, DateLessThan: { 'aws:CurrentTime': until } },
});
const listRoles = [{ Effect: 'Allow' as const, Action: 'iam:ListRoles', Resource: '*' }];

describe.skipIf(!engines.available).each([
  { name: 'with its guards', guards: {}, refuses: true },
  { name: 'with the trust guard off', guards: { trust: false }, refuses: false },
])('the one-time role $name', ({ guards, refuses }) => {
  let account: OpenAccount;
  let role: string;
  beforeAll(async () => {
    account = await openAccount(guards);
    role = await account.makeRole('install', trust('secret-id', '2099-01-01T00:00:00Z'), listRoles);
    await account.makeRole('old-install', trust('secret-id', '2020-01-01T00:00:00Z'), listRoles);
  });
  afterAll(() => account?.stop());

  const people = () => account.cloud.people;

  it('lets the vendor’s principal in with the right ExternalId', async () => {
    const session = await account.assume(people().vendorInstaller, { RoleArn: role, ExternalId: 'secret-id' });
    const who = await new STSClient(account.as(session)).send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toBe('arn:aws:sts::123456789012:assumed-role/install/test');
    await expect(new IAMClient(account.as(session)).send(new ListRolesCommand({}))).resolves.toBeDefined();
  });

  it.each([
    { attempt: 'a wrong ExternalId', who: 'vendorInstaller', role: 'install', externalId: 'guess' },
    { attempt: 'no ExternalId', who: 'vendorInstaller', role: 'install', externalId: undefined },
    { attempt: 'a try after the date', who: 'vendorInstaller', role: 'old-install', externalId: 'secret-id' },
    { attempt: 'a stranger who knows the ExternalId', who: 'stranger', role: 'install', externalId: 'secret-id' },
    { attempt: 'the admin, who is not named', who: 'customerAdmin', role: 'install', externalId: 'secret-id' },
  ] as const)('refuses $attempt', async ({ who, role, externalId }) => {
    const RoleArn = `arn:aws:iam::123456789012:role/${role}`;
    const attempt = account.assume(people()[who], {
      RoleArn,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    });
    const outcome = await attempt.then(
      () => 'let in',
      (error: Error) => error.name,
    );
    expect(outcome).toBe(refuses ? 'AccessDenied' : 'let in');
  });
});

describe.skipIf(!engines.available)('a session of the one-time role', () => {
  let account: OpenAccount;
  beforeAll(async () => {
    account = await openAccount();
  });
  afterAll(() => account?.stop());

  it('has no rights but its policies’, and the vendor’s own keys have none at all', async () => {
    const role = await account.makeRole('narrow', trust('x', '2099-01-01T00:00:00Z'), listRoles);
    const session = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: role, ExternalId: 'x' });
    await expect(new IAMClient(account.as(session)).send(new GetRoleCommand({ RoleName: 'narrow' }))).rejects.toThrow(
      /no identity-based policy allows the iam:GetRole action/,
    );
    const outside = new IAMClient(account.as(account.cloud.people.vendorInstaller));
    await expect(outside.send(new ListRolesCommand({}))).rejects.toThrow(/another account/);
    const denied = account.cloud.recording().filter((call) => call.denied !== undefined);
    expect(denied.map((call) => `${call.action} ${call.status}`)).toEqual(['GetRole 403', 'ListRoles 403']);
  });

  it('is shut out by a deny on older sessions, and a newer session is not', async () => {
    const role = await account.makeRole('aging', trust('x', '2099-01-01T00:00:00Z'), listRoles);
    const old = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: role, ExternalId: 'x' });
    const cut = new Date(Date.now() + 1).toISOString();
    await account.setPolicy('aging', 'revoke', [
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:TokenIssueTime': cut } } },
    ]);
    await expect(new IAMClient(account.as(old)).send(new ListRolesCommand({}))).rejects.toThrow(/explicit deny/);
    const fresh = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: role, ExternalId: 'x' });
    await expect(new IAMClient(account.as(fresh)).send(new ListRolesCommand({}))).resolves.toBeDefined();
    const who = new STSClient(account.as(old)).send(new GetCallerIdentityCommand({}));
    await expect(who).resolves.toMatchObject({ Account: '123456789012' });
  });

  it('ends with its role, also when the role is made anew under the same name', async () => {
    const role = await account.makeRole('brief', trust('x', '2099-01-01T00:00:00Z'), listRoles);
    const session = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: role, ExternalId: 'x' });
    const admin = new IAMClient(account.admin);
    await admin.send(new DeleteRolePolicyCommand({ RoleName: 'brief', PolicyName: 'allow' }));
    await admin.send(new DeleteRoleCommand({ RoleName: 'brief' }));
    const call = () => new IAMClient(account.as(session)).send(new ListRolesCommand({}));
    await expect(call()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await account.makeRole('brief', trust('x', '2099-01-01T00:00:00Z'), listRoles);
    await expect(call()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('goes on to another role that names it, unless a deny forbids', async () => {
    const first = await account.makeRole('first', trust('x', '2099-01-01T00:00:00Z'));
    const second = await account.makeRole('second', {
      Effect: 'Allow',
      Principal: { AWS: first },
      Action: 'sts:AssumeRole',
    });
    const session = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: first, ExternalId: 'x' });
    await expect(account.assume(session, { RoleArn: second })).resolves.toBeDefined();
    await account.setPolicy('first', 'revoke', [{ Effect: 'Deny', Action: '*', Resource: '*' }]);
    await expect(account.assume(session, { RoleArn: second })).rejects.toThrow(/explicit deny/);
  });

  it('needs the secret, not only the key’s id', async () => {
    const forged = { ...account.cloud.people.customerAdmin, secretAccessKey: 'guess' };
    await expect(new IAMClient(account.as(forged)).send(new ListRolesCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    const unknown = { ...forged, accessKeyId: 'AKIAUNKNOWN000000000' };
    await expect(new IAMClient(account.as(unknown)).send(new ListRolesCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});

describe.skipIf(!engines.available).each([
  { name: 'with its guards', guards: {}, refuses: true },
  { name: 'with the trust guard off', guards: { trust: false }, refuses: false },
])('a role for one job of the account $name', ({ guards, refuses }) => {
  const project = 'arn:aws:codebuild:eu-central-1:123456789012:project/bootstrap';
  let account: OpenAccount;
  let role: string;
  beforeAll(async () => {
    account = await openAccount(guards);
    const Condition = { StringEquals: { 'aws:SourceArn': project, 'aws:SourceAccount': '123456789012' } };
    const Principal = { Service: 'codebuild.amazonaws.com' };
    role = await account.makeRole(
      'job',
      { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition },
      listRoles,
    );
  });
  afterAll(() => account?.stop());

  it('works in that job', async () => {
    const session = await account.cloud.serviceSession('codebuild.amazonaws.com', role, { sourceArn: project });
    await expect(new IAMClient(account.as(session.credentials)).send(new ListRolesCommand({}))).resolves.toBeDefined();
  });

  it.each([
    ['another project', 'codebuild.amazonaws.com', `${project}-2`],
    [
      'another account’s project of the same name',
      'codebuild.amazonaws.com',
      project.replace('123456789012', '777777777777'),
    ],
    ['another service', 'lambda.amazonaws.com', project],
  ])('refuses %s', async (_attempt, service, sourceArn) => {
    const attempt = account.cloud.serviceSession(service, role, { sourceArn });
    if (refuses) await expect(attempt).rejects.toThrow(/is not authorized to assume/);
    else await expect(attempt).resolves.toBeDefined();
  });
});
