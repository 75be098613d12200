import { CreateAccessEntryCommand, CreateClusterCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eksToken } from './testing/eks-token.ts';
import { makeSubnet } from './testing/make-subnet.ts';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

describe.skipIf(!engines.available)('two clusters of one account', () => {
  let account: OpenAccount;
  beforeAll(async () => {
    account = await openAccount();
    const eks = new EKSClient(account.admin);
    const resourcesVpcConfig = { subnetIds: [await makeSubnet(account.cloud)] };
    const roleArn = 'arn:aws:iam::123456789012:role/cluster';
    const accessConfig = { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false } as const;
    for (const name of ['one', 'two'])
      await eks.send(new CreateClusterCommand({ name, roleArn, accessConfig, resourcesVpcConfig }));
    const entry = { clusterName: 'two', principalArn: account.cloud.people.customerAdmin.arn };
    await eks.send(new CreateAccessEntryCommand(entry));
  });
  afterAll(() => account?.stop());

  const review = async (asks: string, signedFor: string) => {
    const token = await eksToken(account.cloud, account.cloud.people.customerAdmin, { cluster: signedFor });
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } });
    const answer = await fetch(`${account.cloud.tokenWebhookUrl}/${asks}`, { method: 'POST', body });
    return z.object({ status: z.unknown() }).parse(await answer.json()).status;
  };

  it('know their own people only, and take no token that was signed for the other', async () => {
    expect(await review('two', 'two')).toMatchObject({ authenticated: true });
    expect(await review('one', 'one')).toMatchObject({
      authenticated: false,
      error: expect.stringMatching(/no access entry/),
    });
    expect(await review('two', 'one')).toMatchObject({ authenticated: false });
    expect(await review('one', 'two')).toMatchObject({ authenticated: false });
  });

  it('stand each for a real cluster of its own, where one was attached', async () => {
    const other = {
      endpoint: 'https://127.0.0.1:7443',
      caPem: 'other CA',
      issuer: 'https://other',
      serviceAccountPublicKeyPem: '',
    };
    account.cloud.attachCluster(other, 'two');
    const eks = new EKSClient(account.admin);
    const endpoint = async (name: string) => (await eks.send(new DescribeClusterCommand({ name }))).cluster?.endpoint;
    expect(await Promise.all([endpoint('one'), endpoint('two')])).toEqual([
      'https://127.0.0.1:6443',
      'https://127.0.0.1:7443',
    ]);
  });
});
