import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAccessEntryCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
} from '@aws-sdk/client-eks';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Credentials } from './index.ts';
import { eksToken } from './testing/eks-token.ts';
import { makeSubnet } from './testing/make-subnet.ts';
import { engines, issuer, openAccount, type OpenAccount } from './testing/open-account.ts';

const reviewSchema = z.object({
  status: z.object({
    authenticated: z.boolean(),
    error: z.string().optional(),
    user: z.object({ username: z.string(), groups: z.array(z.string()) }).optional(),
  }),
});
const clusterAdmin = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const service = (name: string) => ({
  Effect: 'Allow',
  Principal: { Service: name },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});
const vendor = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:role/landfall-installer' },
  Action: 'sts:AssumeRole',
};
const roleArn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

async function review(account: OpenAccount, token: string): Promise<z.infer<typeof reviewSchema>['status']> {
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } });
  const answer = await fetch(account.cloud.tokenWebhookUrl, { method: 'POST', body });
  return reviewSchema.parse(await answer.json()).status;
}

/** A cluster, an install role with cluster-admin, a runner role by Pod Identity, a node group. */
async function openCluster(
  guards: Parameters<typeof openAccount>[0] = {},
): Promise<{ account: OpenAccount; eks: EKSClient }> {
  const account = await openAccount(guards);
  const eks = new EKSClient(account.admin);
  await account.makeRole('cluster', service('eks.amazonaws.com'));
  await account.makeRole('node', service('ec2.amazonaws.com'));
  await account.makeRole('runner', service('pods.eks.amazonaws.com'));
  await account.makeRole('install', vendor, [
    { Effect: 'Allow', Action: ['eks:*', 'iam:PassRole'], Resource: '*' },
    {
      Effect: 'Deny',
      Action: 'iam:PassRole',
      Resource: '*',
      Condition: { StringNotEquals: { 'iam:PassedToService': 'eks.amazonaws.com' } },
    },
  ]);
  const subnetIds = [await makeSubnet(account.cloud)];
  const accessConfig = { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false } as const;
  await eks.send(
    new CreateClusterCommand({
      name: 'one',
      roleArn: roleArn('cluster'),
      resourcesVpcConfig: { subnetIds },
      accessConfig,
    }),
  );
  await eks.send(
    new CreateAccessEntryCommand({
      clusterName: 'one',
      principalArn: roleArn('install'),
      kubernetesGroups: ['installers'],
    }),
  );
  await eks.send(
    new AssociateAccessPolicyCommand({
      clusterName: 'one',
      principalArn: roleArn('install'),
      policyArn: clusterAdmin,
      accessScope: { type: 'cluster' },
    }),
  );
  await eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName: 'one',
      namespace: 'landfall-system',
      serviceAccount: 'landfall-runner',
      roleArn: roleArn('runner'),
    }),
  );
  await eks.send(
    new CreateNodegroupCommand({
      clusterName: 'one',
      nodegroupName: 'general',
      nodeRole: roleArn('node'),
      subnets: subnetIds,
    }),
  );
  return { account, eks };
}

describe.skipIf(!engines.available)('the cluster of the account', () => {
  let account: OpenAccount;
  let eks: EKSClient;
  const install = (): Promise<Credentials> =>
    account.assume(account.cloud.people.vendorInstaller, { RoleArn: roleArn('install') });
  beforeAll(async () => {
    ({ account, eks } = await openCluster());
  });
  afterAll(() => account?.stop());

  it('leads to the attached one, and what is absent is a typed 404', async () => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'one' }));
    expect(cluster).toMatchObject({
      status: 'ACTIVE',
      endpoint: 'https://127.0.0.1:6443',
      identity: { oidc: { issuer } },
    });
    expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toBe('test CA');
    await expect(eks.send(new DescribeClusterCommand({ name: 'two' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const absent = new DescribeNodegroupCommand({ clusterName: 'one', nodegroupName: 'x' });
    await expect(eks.send(absent)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('knows the holder of an access entry by an EKS token', async () => {
    const status = await review(account, await eksToken(account.cloud, await install()));
    expect(status).toMatchObject({
      authenticated: true,
      user: {
        username: 'arn:aws:sts::123456789012:assumed-role/install/test',
        groups: ['installers', 'eks:cluster-admin'],
      },
    });
  });

  it('refuses tokens for another cluster or host, old ones, forged ones, and people without an entry', async () => {
    const session = await install();
    const refused = async (token: string): Promise<string | undefined> => {
      const status = await review(account, token);
      expect(status.authenticated).toBe(false);
      return status.error;
    };
    expect(await refused(await eksToken(account.cloud, session, { cluster: 'two' }))).toMatch(
      /refused the token with 403/,
    );
    expect(await refused(await eksToken(account.cloud, session, { host: 'elsewhere:80' }))).toMatch(
      /not for this account/,
    );
    expect(await refused(await eksToken(account.cloud, session, { at: new Date(Date.now() - 16 * 60_000) }))).toMatch(
      /expired/,
    );
    expect(await refused(await eksToken(account.cloud, { ...session, secretAccessKey: 'guess' }))).toMatch(
      /refused the token with 403/,
    );
    expect(await refused(await eksToken(account.cloud, account.cloud.people.customerAdmin))).toMatch(/no access entry/);
    expect(await refused('k8s-aws-v1.bm9uc2Vuc2U')).toMatch(/not for this account/);
  });

  it('lets a role be passed to EKS but not to pods, as the policy says', async () => {
    const asInstall = new EKSClient(account.as(await install()));
    const passing = { clusterName: 'one', namespace: 'other', serviceAccount: 'other', roleArn: roleArn('runner') };
    await expect(asInstall.send(new CreatePodIdentityAssociationCommand(passing))).rejects.toThrow(/iam:PassRole/);
  });

  it('gives a pod the credentials of the associated role, by its service account’s token', async () => {
    const answer = await podCredentials(account, { serviceAccount: 'landfall-runner' });
    expect(answer.status).toBe(200);
    const { AccessKeyId, SecretAccessKey, Token } = credentialsSchema.parse(await answer.json());
    const sts = new STSClient(
      account.as({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token }),
    );
    const who = await sts.send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toMatch(/^arn:aws:sts::123456789012:assumed-role\/runner\/eks-one-/);
  });

  it.each([
    { attempt: 'another service account', change: { serviceAccount: 'default' }, status: 404 },
    { attempt: 'a token for another audience', change: { audience: 'https://kubernetes.default.svc' }, status: 400 },
    { attempt: 'a token of another issuer', change: { issuer: 'https://elsewhere.test' }, status: 400 },
    { attempt: 'an expired token', change: { expiresAt: new Date(0) }, status: 400 },
  ])('gives no credentials to $attempt', async ({ change, status }) => {
    expect((await podCredentials(account, { serviceAccount: 'landfall-runner', ...change })).status).toBe(status);
  });

  it('gives nodes a password for the registry while their role exists', async () => {
    expect(await account.cloud.nodePullCredentials()).toMatchObject({ username: 'AWS' });
    const iam = new IAMClient(account.admin);
    await iam.send(new DeleteRoleCommand({ RoleName: 'node' }));
    await expect(account.cloud.nodePullCredentials()).rejects.toMatchObject({ code: 'LF-DEV-103' });
  });

  it('is shut by removing the access entry while the AWS session lives on, and by deleting the role', async () => {
    const session = await install();
    await account.setPolicy('install', 'revoke', [{ Effect: 'Deny', Action: '*', Resource: '*' }]);
    expect(await review(account, await eksToken(account.cloud, session))).toMatchObject({ authenticated: true });
    await eks.send(new DeleteAccessEntryCommand({ clusterName: 'one', principalArn: roleArn('install') }));
    expect(await review(account, await eksToken(account.cloud, session))).toMatchObject({
      authenticated: false,
      error: expect.stringMatching(/no access entry/),
    });
    const iam = new IAMClient(account.admin);
    for (const PolicyName of ['allow', 'revoke'])
      await iam.send(new DeleteRolePolicyCommand({ RoleName: 'install', PolicyName }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'install' }));
    expect(await review(account, await eksToken(account.cloud, session))).toMatchObject({
      authenticated: false,
      error: expect.stringMatching(/403/),
    });
  });
});

describe.skipIf(!engines.available)('the cluster with the guard of access entries off', () => {
  it('lets somebody in whose entry was removed', async () => {
    const { account, eks } = await openCluster({ accessEntries: false });
    try {
      await eks.send(new DeleteAccessEntryCommand({ clusterName: 'one', principalArn: roleArn('install') }));
      const session = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: roleArn('install') });
      expect(await review(account, await eksToken(account.cloud, session))).toMatchObject({ authenticated: true });
    } finally {
      await account.stop();
    }
  });
});

const credentialsSchema = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.iso.datetime(),
});

async function podCredentials(
  account: OpenAccount,
  token: { serviceAccount: string; audience?: string; issuer?: string; expiresAt?: Date },
): Promise<Response> {
  const kubernetes = {
    namespace: 'landfall-system',
    serviceaccount: { name: token.serviceAccount, uid: 'uid' },
    pod: { name: 'landfall-runner-0', uid: 'uid' },
  };
  const jwt = await new SignJWT({ 'kubernetes.io': kubernetes })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(token.issuer ?? issuer)
    .setAudience(token.audience ?? 'pods.eks.amazonaws.com')
    .setExpirationTime(token.expiresAt ?? '1h')
    .sign(account.serviceAccountKey);
  return fetch(account.cloud.podIdentity.url, { headers: { authorization: jwt } });
}
