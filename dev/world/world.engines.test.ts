import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines } from '../tools/index.ts';
import { pauseImage } from './node-config.ts';
import { waitUntil } from './start-process.ts';
import { type World, startWorld } from './world.ts';

const engines = await requireEngines('nodes', 'etcd', 'kube-apiserver', 'kubelet', 'kube-proxy', 'registry', 'moto');

describe.skipIf(!engines.available)('a whole world', () => {
  let world: World;
  let dispatcher: Agent;

  beforeAll(async () => {
    world = await startWorld({ say: () => undefined });
    dispatcher = new Agent({ connect: { ca: world.ca.certificatePem } });
  });
  afterAll(async () => {
    await dispatcher?.destroy();
    await world?.stop();
  });

  const asToken = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await request(`${world.cluster.endpoint}/api/v1/namespaces`, { dispatcher, headers });
    await answer.body.dump();
    return answer.statusCode;
  };

  it('has an API server that lets nobody in by a token that the account does not know', async () => {
    expect(await asToken('k8s-aws-v1.bm9uc2Vuc2U')).toBe(401);
    expect(await asToken('anything')).toBe(401);
  });

  it('has two registries that ask for a password', async () => {
    for (const host of [world.vendorRegistry.host, world.cloud.registry.host]) {
      expect((await request(`https://${host}/v2/`, { dispatcher })).statusCode).toBe(401);
    }
  });

  it('lets pods reach the AWS endpoint and the Pod Identity agent, which refuses who shows no token', async () => {
    const status = (url: string) => `wget -S -q -O - ${url} 2>&1 | /bin/busybox grep -o -m 1 'HTTP/1.1 [0-9]*'`;
    const script = `${status(`${world.cloud.endpoint}/`)}; ${status('http://169.254.170.23/v1/credentials')}`;
    const pod = {
      metadata: { name: 'caller' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          { name: 'caller', image: pauseImage, imagePullPolicy: 'Never', command: ['/bin/sh', '-c', script] },
        ],
      },
    };
    const { admin } = world.cluster;
    const path = '/api/v1/namespaces/default/pods';
    await waitUntil(async () => (await admin.call('POST', path, pod)).status === 201, {
      what: 'a pod is made',
      timeoutMs: 15_000,
    });
    const ended = async (): Promise<boolean> => {
      const { status } = z
        .object({ status: z.object({ phase: z.string() }) })
        .parse((await admin.call('GET', `${path}/caller`)).body);
      return ['Succeeded', 'Failed'].includes(status.phase);
    };
    await waitUntil(ended, { what: 'the caller has ended', timeoutMs: 30_000 });
    const log = String((await admin.call('GET', `${path}/caller/log`)).body);
    expect(log).toMatch(/^HTTP\/1\.1 4\d\d\nHTTP\/1\.1 4\d\d\n/);
  });
});
