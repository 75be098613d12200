import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { ecrCredentials } from './credentials.ts';
import { ensureEcrRepository } from './repositories.ts';

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

  it('is left alone when it is there', async () => {
    const { client, sent } = clientOf(() => ({ repositories: [{ repositoryUri: uri }] }));
    expect(await ensureEcrRepository({ client, repository: 'lf/x' })).toEqual({ uri, created: false });
    expect(sent).toHaveLength(1);
  });

  it('is made with immutable tags and a scan on push', async () => {
    const { client, sent } = clientOf((command) => {
      if (command instanceof CreateRepositoryCommand) return { repository: { repositoryUri: uri } };
      throw named('RepositoryNotFoundException');
    });
    expect(await ensureEcrRepository({ client, repository: 'lf/x', tags: { a: 'b' } })).toEqual({ uri, created: true });
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
      return { repositories: [{ repositoryUri: uri }] };
    });
    expect(await ensureEcrRepository({ client, repository: 'lf/x' })).toEqual({ uri, created: false });
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
