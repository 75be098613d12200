import { CreateRepositoryCommand, ECRClient, GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { digestSchema } from '../../contract/index.ts';
import { ecrCredentials } from './credentials.ts';
import { deleteEcrImages, listEcrImages } from './images.ts';
import { bearsTag, ensureEcrRepository } from './repositories.ts';

const named = (name: string): Error => Object.assign(new Error(name), { name });
/** The SDK's `send` has an overload per command; a test has one answer at a time. */
function clientOf(answer: (command: object) => unknown): { client: Pick<ECRClient, 'send'>; sent: object[] } {
  const sent: object[] = [];
  const send = async (command: object): Promise<unknown> => {
    sent.push(command);
    return answer(command);
  };
  return { client: Object.assign(new ECRClient({ region: 'eu-central-1' }), { send }), sent };
}

describe('credentials for ECR', () => {
  const token = (password: string, expiresAt: number) => ({
    authorizationData: [
      { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt: new Date(expiresAt) },
    ],
  });

  it('are asked for once, by many at a time, and again before they end', async () => {
    let now = 0;
    let count = 0;
    const hours = 3_600_000;
    const { client, sent } = clientOf(() => token(`pw${++count}`, now + 12 * hours));
    const clock = { now: () => new Date(now), sleep: async () => undefined };
    const source = ecrCredentials({ client, clock });
    expect(await Promise.all([source(), source()])).toEqual([
      { username: 'AWS', password: 'pw1' },
      { username: 'AWS', password: 'pw1' },
    ]);
    now = 11 * hours;
    expect(await source()).toMatchObject({ password: 'pw1' });
    now = 11.6 * hours;
    expect(await source()).toMatchObject({ password: 'pw2' });
    expect(await source({ refresh: true })).toMatchObject({ password: 'pw3' });
    expect(sent).toHaveLength(3);
  });

  it('that are refused or empty have a code', async () => {
    const refused = clientOf(() => Promise.reject(named('AccessDeniedException')));
    await expect(ecrCredentials({ client: refused.client })()).rejects.toMatchObject({ code: 'LF-OCI-013' });
    await expect(ecrCredentials({ client: clientOf(() => ({})).client })()).rejects.toThrow(/without a token/);
  });
});

describe('a repository in ECR', () => {
  const uri = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/lf/x';

  const there = {
    repositoryUri: uri,
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'arn:key' },
  };
  const withoutLifecycle = (repository: object) => (command: object) => {
    if (command instanceof GetLifecyclePolicyCommand) throw named('LifecyclePolicyNotFoundException');
    return { repositories: [repository] };
  };

  it('is left alone when it is there', async () => {
    const { client, sent } = clientOf(withoutLifecycle(there));
    const ensured = await ensureEcrRepository({ client, repository: 'lf/x', kmsKeyArn: 'arn:key' });
    expect(ensured).toEqual({ uri, created: false, differs: [] });
    expect(sent).toHaveLength(2);
  });

  it('that is not as we would have made it is told, and left as it is', async () => {
    const { client, sent } = clientOf((command) =>
      command instanceof GetLifecyclePolicyCommand
        ? { lifecyclePolicyText: '{}' }
        : { repositories: [{ repositoryUri: uri, imageTagMutability: 'MUTABLE' }] },
    );
    const { differs } = await ensureEcrRepository({ client, repository: 'lf/x', kmsKeyArn: 'arn:key' });
    expect(differs).toEqual([
      'its tags can be changed',
      'what is pushed is not scanned',
      'it is not encrypted with arn:key',
      expect.stringContaining('lifecycle policy'),
    ]);
    expect(sent).toHaveLength(2);
  });

  it('is used where the right to read lifecycle policies is not given', async () => {
    const { client } = clientOf((command) => {
      if (command instanceof GetLifecyclePolicyCommand) throw named('AccessDeniedException');
      return { repositories: [there] };
    });
    expect(await ensureEcrRepository({ client, repository: 'lf/x' })).toEqual({ uri, created: false, differs: [] });
  });

  it('is made with immutable tags and a scan on push', async () => {
    const { client, sent } = clientOf((command) => {
      if (command instanceof CreateRepositoryCommand) return { repository: { repositoryUri: uri } };
      throw named('RepositoryNotFoundException');
    });
    expect(await ensureEcrRepository({ client, repository: 'lf/x', tags: { a: 'b' } })).toEqual({
      uri,
      created: true,
      differs: [],
    });
    expect(sent[1]).toMatchObject({
      input: {
        repositoryName: 'lf/x',
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        tags: [{ Key: 'a', Value: 'b' }],
      },
    });
  });

  it('is there as well when somebody else was faster', async () => {
    let looked = 0;
    const { client } = clientOf((command) => {
      if (command instanceof CreateRepositoryCommand) throw named('RepositoryAlreadyExistsException');
      if (looked++ === 0) throw named('RepositoryNotFoundException');
      return withoutLifecycle(there)(command);
    });
    expect(await ensureEcrRepository({ client, repository: 'lf/x' })).toEqual({ uri, created: false, differs: [] });
  });

  it('that may not be made is told with the name of the refusal', async () => {
    const { client } = clientOf(() => Promise.reject(named('AccessDeniedException')));
    await expect(ensureEcrRepository({ client, repository: 'lf/x' })).rejects.toMatchObject({
      code: 'LF-OCI-013',
      temporary: false,
      message: expect.stringContaining('AccessDeniedException'),
    });
  });
});

describe('the images of a repository in ECR', () => {
  const digest = (n: number) => digestSchema.parse(`sha256:${String(n).padStart(64, '0')}`);

  it('are listed over all pages; a repository that is not there has none', async () => {
    const pages = [
      { imageDetails: [{ imageDigest: digest(1), imageTags: ['lf-1'] }], nextToken: 'more' },
      { imageDetails: [{ imageDigest: digest(2) }] },
    ];
    const { client, sent } = clientOf(() => pages.shift());
    expect(await listEcrImages({ client, repository: 'lf/x' })).toEqual([
      { digest: digest(1), tags: ['lf-1'] },
      { digest: digest(2), tags: [] },
    ]);
    expect(sent[1]).toMatchObject({ input: { nextToken: 'more' } });
    const absent = clientOf(() => Promise.reject(named('RepositoryNotFoundException')));
    expect(await listEcrImages({ client: absent.client, repository: 'lf/x' })).toBeNull();
  });

  it('are deleted a hundred at a time, and what is gone already is fine', async () => {
    const { client, sent } = clientOf(() => ({ failures: [{ failureCode: 'ImageNotFound' }] }));
    await deleteEcrImages(
      { client, repository: 'lf/x' },
      Array.from({ length: 150 }, (_, n) => digest(n)),
    );
    expect(sent.map((each) => JSON.parse(JSON.stringify(each)).input.imageIds.length)).toEqual([100, 50]);
  });

  it('that ECR keeps are told', async () => {
    const failure = { imageId: { imageDigest: digest(1) }, failureCode: 'ImageReferencedByManifestList' };
    const { client } = clientOf(() => ({ failures: [failure] }));
    const deleting = deleteEcrImages({ client, repository: 'lf/x' }, [digest(1)]);
    await expect(deleting).rejects.toMatchObject({ code: 'LF-OCI-035', message: expect.stringContaining('lf/x') });
  });

  it('are ours by the tag of their repository', async () => {
    const tagged = clientOf((command) =>
      'input' in command && JSON.stringify(command.input).includes('resourceArn')
        ? { tags: [{ Key: 'landfall.dev/prefix', Value: 'lf' }] }
        : { repositories: [{ repositoryArn: 'arn:x' }] },
    );
    expect(await bearsTag(tagged.client, 'lf/x', 'landfall.dev/prefix', 'lf')).toBe(true);
    expect(await bearsTag(tagged.client, 'lf/x', 'landfall.dev/prefix', 'other')).toBe(false);
    const absent = clientOf(() => Promise.reject(named('RepositoryNotFoundException')));
    expect(await bearsTag(absent.client, 'lf/x', 'landfall.dev/prefix', 'lf')).toBe(false);
  });
});
