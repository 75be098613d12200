import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AwsSecretReference, generateKeyPair, type JsonObject, systemClock } from '../../contract/index.ts';
import { openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { keyFrom } from '../channel/runner-key.ts';
import { awsSecretsManager, createKeptSecrets, createSecretMarks, type KeptSecrets } from '../secrets/index.ts';
import { createFakeInstall, type FakeInstall } from '../testing/index.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster, 'moto', 'registry');
const reference: AwsSecretReference = {
  ...{ store: 'aws-secrets-manager', secretId: 'lf-acme/db', field: 'password', namespace: 'shop' },
};
const workload = (name: string, env: JsonObject[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'shop.example/app:1', env }] },
    },
  },
});
const given = [
  { name: 'DB', valueFrom: { secretKeyRef: { name: '${secrets.database.name}', key: '${secrets.database.key}' } } },
];

describe.skipIf(!engines.available)('a secret of AWS Secrets Manager on a real API server', () => {
  let world: RealCluster;
  let account: OpenAccount;
  let install: FakeInstall;
  let admin: SecretsManagerClient;
  let runnersOwn: SecretsManagerClient;
  let kept: KeptSecrets;
  let runner: Awaited<ReturnType<FakeInstall['startRunner']>>;
  let state: ReturnType<FakeInstall['accept']>;
  const events: string[] = [];

  beforeAll(async () => {
    [world, account] = await Promise.all([startRealCluster(), openAccount()]);
    admin = new SecretsManagerClient(account.admin);
    const SecretString = JSON.stringify({ user: 'shop', password: 'first' });
    await admin.send(new CreateSecretCommand({ Name: reference.secretId, SecretString }));
    install = createFakeInstall();
    const { kubernetes } = world;
    runnersOwn = new SecretsManagerClient(account.admin);
    const { privateKeyPem } = generateKeyPair('ed25519');
    runner = await install.startRunner({
      over: {
        ...{ kubernetes, clock: systemClock, keptSecrets: { ensure: (...args) => kept.ensure(...args) } },
        secretMarks: createSecretMarks(keyFrom(privateKeyPem).privateKey),
      },
    });
    kept = createKeptSecrets({
      ...{ kubernetes, effects: runner.effects, install: 'acme', store: awsSecretsManager(runnersOwn) },
      clock: systemClock,
      events: { event: ({ reason }) => events.push(reason), componentState: () => undefined, log: () => undefined },
      wanted: async () => ({ inputs: [{ input: 'database', reference }], namespaces: new Set(['shop']) }),
      ...{ learn: () => undefined, everyMs: 200, onChange: () => undefined },
    });
    const components = [
      { name: 'user', objects: [workload('user', given)] },
      { name: 'other', objects: [workload('other', [])] },
    ];
    state = install.accept(install.release('1.0.0', components), { secrets: { database: reference } });
  }, 120_000);
  afterAll(async () => {
    admin?.destroy();
    runnersOwn?.destroy();
    install?.dispose();
    await Promise.all([world?.close(), account?.stop()]);
  });

  // From outside: as an administrator of the cluster sees it.
  const value = async (): Promise<string | null> => {
    const { status, body } = await world.cluster.admin.call(
      'GET',
      '/api/v1/namespaces/shop/secrets/landfall-secret-database',
    );
    if (status === 404) return null;
    const { data } = z.object({ data: z.object({ value: z.string() }) }).parse(body);
    return Buffer.from(data.value, 'base64').toString();
  };
  const template = async (name: string): Promise<string> => {
    const { body } = await world.cluster.admin.call('GET', `/apis/apps/v1/namespaces/shop/deployments/${name}`);
    return JSON.stringify(z.object({ spec: z.object({ template: z.unknown() }) }).parse(body).spec.template);
  };
  const pass = async () => {
    for (;;) {
      const result = await runner.pass(state);
      if (result === 'killed' || result.kind !== 'waiting' || result.until === null) return result;
    }
  };
  const whileRenewing = async (work: () => Promise<void>): Promise<void> => {
    const stop = new AbortController();
    const running = kept.run(stop.signal);
    await work();
    stop.abort();
    await running;
  };

  it('is kept as a Secret before what uses it is applied, and given by its name', async () => {
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(await value()).toBe('first');
    expect(await template('user')).toContain('{"name":"landfall-secret-database","key":"value"}');
  });

  it('is renewed when it is turned, and rolls what uses it and nothing else', async () => {
    const [user, other] = [await template('user'), await template('other')];
    const SecretString = JSON.stringify({ user: 'shop', password: 'second' });
    await admin.send(new PutSecretValueCommand({ SecretId: reference.secretId, SecretString }));
    await whileRenewing(async () => {
      await expect.poll(value, { timeout: 20_000 }).toBe('second');
    });
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(await template('user')).not.toBe(user);
    expect(await template('user')).toContain('landfall.dev/restart');
    expect(await template('other')).toBe(other);
    const rolled = await template('user');
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(await template('user')).toBe(rolled);
  });

  it('comes again when somebody deletes it', async () => {
    await world.cluster.admin.call('DELETE', '/api/v1/namespaces/shop/secrets/landfall-secret-database');
    expect(await value()).toBeNull();
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(await value()).toBe('second');
  });

  it('stays, with what uses it, while Secrets Manager is away, and the condition says so', async () => {
    const user = await template('user');
    await account.cloud.stop();
    await whileRenewing(async () => {
      await expect.poll(() => kept.troubles.condition()?.status, { timeout: 60_000, interval: 200 }).toBe('False');
    });
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect([await value(), await template('user')]).toEqual(['second', user]);
    expect(events.filter((reason) => reason === 'SecretUnavailable')).toHaveLength(1);
  });
});
