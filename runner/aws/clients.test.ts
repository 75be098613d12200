import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockAgent } from 'undici';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createAwsClients } from './clients.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lf-aws-'));
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-05T09:00:00Z') });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

it('asks the Pod Identity agent again after seconds, because a role that is made anew has other sessions', async () => {
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, 'a-token');
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  let asked = 0;
  dispatcher
    .get('http://169.254.170.23')
    .intercept({ path: '/v1/credentials', headers: { authorization: 'a-token' } })
    .reply(200, () => {
      asked += 1;
      const Expiration = '2026-01-05T15:00:00Z';
      return { AccessKeyId: `ASIA${asked}`, SecretAccessKey: 'a-secret', Token: 'a-session', Expiration };
    })
    .persist();
  const podIdentity = { credentialsUri: 'http://169.254.170.23/v1/credentials', tokenFile };
  const clients = createAwsClients({
    region: 'eu-central-1',
    endpointUrl: '',
    podIdentity,
    dispatcher,
    clock: systemClock,
  });
  const key = async (): Promise<string> => (await clients.ecr.config.credentials()).accessKeyId;
  expect([await key(), await key()]).toEqual(['ASIA1', 'ASIA1']);
  vi.setSystemTime(new Date('2026-01-05T09:00:30Z'));
  expect(await key()).toBe('ASIA2');
  clients.close();
  await dispatcher.close();
});
