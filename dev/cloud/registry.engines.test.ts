import { createHash } from 'node:crypto';
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

const vendor = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:role/landfall-installer' },
  Action: 'sts:AssumeRole',
};
const push = ['ecr:GetAuthorizationToken', 'ecr:*Layer*', 'ecr:PutImage', 'ecr:BatchGetImage'];
const pull = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe.skipIf(!engines.available)('the account’s registry', () => {
  let account: OpenAccount;
  let dispatcher: Agent;
  let admin: ECRClient;
  beforeAll(async () => {
    account = await openAccount();
    dispatcher = new Agent({ connect: { ca: account.caPem } });
    admin = new ECRClient(account.admin);
    await account.makeRole('pusher', vendor, [{ Effect: 'Allow', Action: push, Resource: '*' }]);
    await account.makeRole('puller', vendor, [{ Effect: 'Allow', Action: pull, Resource: '*' }]);
    await admin.send(new CreateRepositoryCommand({ repositoryName: 'lf/app', imageTagMutability: 'IMMUTABLE' }));
  });
  afterAll(async () => {
    await dispatcher?.destroy();
    await account?.stop();
  });

  const tokenOf = async (role: string): Promise<string> => {
    const session = await account.assume(account.cloud.people.vendorInstaller, {
      RoleArn: `arn:aws:iam::123456789012:role/${role}`,
    });
    const answer = await new ECRClient(account.as(session)).send(new GetAuthorizationTokenCommand({}));
    const [data] = answer.authorizationData ?? [];
    expect(data?.proxyEndpoint).toBe(`https://${account.cloud.registry.host}`);
    return data?.authorizationToken ?? '';
  };
  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, token?: string, body?: string) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Basic ${token}` }),
      'content-type': manifestType,
      accept: manifestType,
    };
    const url = path.startsWith('https:') ? path : `https://${account.cloud.registry.host}/v2/${path}`;
    const answer = await request(url, { method, dispatcher, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = (note: string): string =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 },
      layers: [],
      annotations: { note },
    });
  const pushBlob = async (repository: string, token: string): Promise<number> => {
    const upload = await call('POST', `${repository}/blobs/uploads/`, token);
    if (upload.status !== 202) return upload.status;
    const location = new URL(String(upload.headers['location']), `https://${account.cloud.registry.host}`);
    location.searchParams.set('digest', digestOf('{}'));
    return (await call('PUT', location.href, token, '{}')).status;
  };

  it('has repositories whose URI leads to it', async () => {
    const { repository } = await admin.send(new CreateRepositoryCommand({ repositoryName: 'lf/other' }));
    expect(repository?.repositoryUri).toBe(`${account.cloud.registry.host}/lf/other`);
  });

  it('takes a push and gives it back, and ECR then knows the image', async () => {
    const token = await tokenOf('pusher');
    expect(await pushBlob('lf/app', token)).toBe(201);
    expect((await call('PUT', 'lf/app/manifests/v1', token, manifest('one'))).status).toBe(201);
    expect((await call('GET', 'lf/app/manifests/v1', await tokenOf('puller'))).text).toBe(manifest('one'));
    const images = await admin.send(new DescribeImagesCommand({ repositoryName: 'lf/app' }));
    expect(images.imageDetails).toMatchObject([{ imageDigest: digestOf(manifest('one')), imageTags: ['v1'] }]);
  });

  it('never moves a tag of an immutable repository, not even to the same digest', async () => {
    const token = await tokenOf('pusher');
    for (const note of ['two', 'one']) {
      const again = await call('PUT', 'lf/app/manifests/v1', token, manifest(note));
      expect(again).toMatchObject({ status: 400, text: expect.stringContaining('TAG_INVALID') });
    }
  });

  it('refuses a repository that ECR does not know, strangers, and a push without the right', async () => {
    const token = await tokenOf('pusher');
    const unknown = await call('POST', 'lf/unknown/blobs/uploads/', token);
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('NAME_UNKNOWN') });
    expect((await call('GET', '')).status).toBe(401);
    expect((await call('GET', '', Buffer.from('AWS:guess').toString('base64'))).status).toBe(401);
    expect(await pushBlob('lf/app', await tokenOf('puller'))).toBe(403);
  });

  it('loses an image that BatchDeleteImage deletes', async () => {
    const token = await tokenOf('pusher');
    const digest = digestOf(manifest('doomed'));
    expect((await call('PUT', `lf/app/manifests/${digest}`, token, manifest('doomed'))).status).toBe(201);
    await admin.send(new BatchDeleteImageCommand({ repositoryName: 'lf/app', imageIds: [{ imageDigest: digest }] }));
    expect((await call('GET', `lf/app/manifests/${digest}`, token)).status).toBe(404);
    expect((await call('GET', 'lf/app/manifests/v1', token)).status).toBe(200);
  });

  it('forgets a deleted repository’s images', async () => {
    const token = await tokenOf('pusher');
    await admin.send(new DeleteRepositoryCommand({ repositoryName: 'lf/app', force: true }));
    expect((await call('GET', 'lf/app/manifests/v1', token)).status).toBe(404);
    await admin.send(new CreateRepositoryCommand({ repositoryName: 'lf/app' }));
    expect((await call('GET', 'lf/app/manifests/v1', token)).text).toContain('MANIFEST_UNKNOWN');
  });

  it('refuses a password whose role is gone', async () => {
    const token = await tokenOf('puller');
    expect((await call('GET', '', token)).status).toBe(200);
    const iam = new IAMClient(account.admin);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'puller', PolicyName: 'allow' }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'puller' }));
    expect((await call('GET', '', token)).status).toBe(401);
  });
});

describe.skipIf(!engines.available)('the account’s registry with the guard of repositories off', () => {
  it('takes a push to a repository that ECR does not know', async () => {
    const account = await openAccount({ repositories: false });
    const dispatcher = new Agent({ connect: { ca: account.caPem } });
    try {
      const answer = await new ECRClient(account.admin).send(new GetAuthorizationTokenCommand({}));
      const headers = { authorization: `Basic ${answer.authorizationData?.[0]?.authorizationToken}` };
      const url = `https://${account.cloud.registry.host}/v2/lf/unknown/blobs/uploads/`;
      expect((await request(url, { method: 'POST', dispatcher, headers })).statusCode).toBe(202);
    } finally {
      await dispatcher.destroy();
      await account.stop();
    }
  });
});
