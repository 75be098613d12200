import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { hasImages, installId, podsIn, readInstallReport, waitUntil } from '../../dev/story/index.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import { type Registry, startRegistry, type World } from '../../dev/world/index.ts';
import { runnerIdentity } from '../../stacks/index.ts';
import { installed, type Installed, storyEngines } from './testing/installed.ts';
import { pullOnNode } from './testing/pull-probe.ts';

const engines = await requireEngines(...storyEngines);

const product = 'streaming';
const own = runnerIdentity.namespace;
const copyName = 'landfall-pull';
const secretSchema = z.object({ data: z.object({ '.dockerconfigjson': z.string() }) });
const specsSchema = z.object({
  items: z.array(
    z.object({ spec: z.object({ imagePullSecrets: z.array(z.object({ name: z.string() })).default([]) }) }),
  ),
});

/** A registry like Harbor: two logins, of which one may only pull, and nodes that have neither. */
describe.skipIf(!engines.available)('an install whose registry wants a password of the nodes', () => {
  let install: Installed;
  let world: World;
  let registry: Registry;
  const pusher = { username: 'pusher', password: randomBytes(12).toString('hex') };
  const puller = { username: 'puller', password: randomBytes(12).toString('hex') };

  const dockerConfig = (): string =>
    Buffer.from(JSON.stringify({ auths: { [registry.host]: { ...puller } } })).toString('base64');
  const pullSecret = () => ({
    metadata: { name: 'registry-pull', namespace: own },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': dockerConfig() },
  });
  /** Everything that the customer makes: a registry beside the account's, and two Secrets before the hand-off. */
  const prepare = async ({ ground, cluster }: World) => {
    registry = await startRegistry(ground, {
      name: 'harbor',
      authorize: ({ credentials, method }) => {
        const is = (login: typeof puller): boolean =>
          credentials?.username === login.username && credentials.password === login.password;
        const reads = method === 'GET' || method === 'HEAD';
        return is(pusher) || (reads && is(puller)) ? { allow: true } : { allow: false, challenge: 'harbor' };
      },
    });
    const secrets = `/api/v1/namespaces/${own}/secrets`;
    await cluster.admin.call('POST', '/api/v1/namespaces', { metadata: { name: own } });
    await cluster.admin.call('POST', secrets, { metadata: { name: 'registry-push' }, stringData: pusher });
    await cluster.admin.call('POST', secrets, pullSecret());
    const { host } = registry;
    return { registry: { kind: 'basic', host, credentialsSecret: 'registry-push', pullSecret: 'registry-pull' } };
  };
  const readCopy = async (): Promise<string | undefined> => {
    const path = `/api/v1/namespaces/${product}/secrets/${copyName}`;
    return secretSchema.safeParse((await world.cluster.admin.call('GET', path)).body).data?.data['.dockerconfigjson'];
  };
  const gatewayImage = async (): Promise<string> => {
    const pods = (await podsIn(world, product)).filter(({ metadata }) => metadata.name.startsWith('gateway-'));
    return pods[0]?.status.containerStatuses[0]?.imageID ?? '';
  };
  const pull = (name: string, secret?: string) =>
    gatewayImage().then((image) =>
      pullOnNode(world, name, image, { namespace: product, ...(secret === undefined ? {} : { pullSecret: secret }) }),
    );
  const refused = { kind: 'refused', message: expect.stringMatching(/401|authoriz|authenticat|credential/i) };

  beforeAll(async () => {
    install = await installed({ values: { longestBackoffMs: 2000 }, prepare });
    ({ world } = install);
    await waitUntil('1.0.0 is applied', 180, async () =>
      (await readInstallReport(install.vendor.api, installId))?.observed?.version === '1.0.0' ? true : null,
    );
  }, 500_000);
  afterAll(() => install?.stop());

  it('runs everything of the release from that registry: nodes pull with the customer’s Secret, which cannot push', async () => {
    const pods = await podsIn(world, product);
    expect(pods.length).toBeGreaterThanOrEqual(3);
    expect(pods.filter((pod) => !hasImages(pod))).toEqual([]);
    const images = pods.flatMap(({ status }) => status.containerStatuses.map(({ imageID }) => imageID));
    expect(images.filter((image) => !image.startsWith(`${registry.host}/`))).toEqual([]);
    const { body } = await world.cluster.admin.call('GET', `/api/v1/namespaces/${product}/pods`);
    for (const { spec } of specsSchema.parse(body).items)
      expect(spec.imagePullSecrets).toContainEqual({ name: copyName });

    const of = (username: string) => registry.requests().filter((each) => each.username === username);
    const pulled = of(puller.username).filter(({ method, status }) => method === 'GET' && status === 200);
    expect(pulled.filter(({ path }) => path.includes('/blobs/')).length).toBeGreaterThan(0);
    expect(new Set(of(puller.username).map(({ method }) => method))).toEqual(new Set(['GET', 'HEAD']));
    expect(of(pusher.username).some(({ method }) => method === 'PUT')).toBe(true);
  });

  it('pulls with the Secret, and the same pod does not without it', async () => {
    expect(await pull('with-the-secret', copyName)).toEqual({ kind: 'pulled' });
    expect(await pull('without-the-secret')).toMatchObject(refused);
  });

  it('follows a new password without a release', async () => {
    const before = await readCopy();
    expect(before).toBe(dockerConfig());
    puller.password = randomBytes(12).toString('hex');
    expect(await pull('with-the-old-password', copyName)).toMatchObject(refused);
    await world.cluster.admin.call('PUT', `/api/v1/namespaces/${own}/secrets/registry-pull`, pullSecret());
    await waitUntil('the copy follows', 60, async () => ((await readCopy()) === dockerConfig() ? true : null));
    expect(await pull('with-the-new-password', copyName)).toEqual({ kind: 'pulled' });
  });
});
