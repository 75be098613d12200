import { join } from 'node:path';
import { type Cloud, startCloud } from '../cloud/index.ts';
import { ensureMoto, ensureTools } from '../tools/index.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type Ground, openGround } from './ground.ts';
import type { NeverReady } from './kwok-stages.ts';
import { type Registry, startRegistry } from './registry.ts';

export type World = {
  dir: string;
  /** Reaches everything from host, nodes and pods. */
  address: string;
  ca: { certificatePem: string; certificatePath: string };
  cluster: Cluster;
  vendorRegistry: Registry;
  /** The customer's account, with its registry; the cluster is attached. */
  cloud: Cloud;
  ground: Ground;
  stop(): Promise<void>;
};

export type WorldOptions = {
  say: (line: string) => void;
  /** The folder with the logs outlives the world. */
  keep?: boolean;
  nodes?: 'auto' | 'kwok';
  /** Pods that simulated nodes never make ready: how a broken release is played there. */
  neverReady?: NeverReady;
};

/** A vendor's registry, a customer's AWS account with a registry, and its cluster, whose nodes pull from that registry only. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const ground = await openGround({
    say: options.say,
    nodes: options.nodes ?? 'auto',
    keepFolder: options.keep === true,
  });
  let cloud: Cloud | undefined;
  try {
    const { config, clock, say, network, authority, dir } = ground;
    const tool = await ensureTools(['registry'], { config, clock, say });
    const motoServerPath = await ensureMoto({ config, clock, say });
    const vendorRegistry = await startRegistry(ground, { name: 'vendor' });
    const account = await startCloud({
      dir: join(dir, 'cloud'),
      address: network.address,
      say,
      ca: authority,
      motoServerPath,
      registryPath: tool('registry'),
    });
    cloud = account;
    const cluster = await startCluster(ground, {
      tokenWebhookUrl: account.tokenWebhookUrl,
      ...(options.neverReady === undefined ? {} : { neverReady: options.neverReady }),
      podIdentityAgent: new URL(account.endpoint).host,
      imageCredentials: { host: account.registry.host, get: () => account.nodePullCredentials() },
    });
    account.attachCluster({
      endpoint: cluster.endpoint,
      caPem: cluster.caPem,
      serviceAccountPublicKeyPem: cluster.serviceAccountPublicKeyPem,
      issuer: cluster.serviceAccountIssuer,
    });
    return {
      dir,
      address: network.address,
      ca: { certificatePem: authority.certificatePem, certificatePath: authority.certificatePath },
      cluster,
      vendorRegistry,
      cloud: account,
      ground,
      async stop() {
        await cluster.stop();
        await account.stop();
        await vendorRegistry.stop();
        await ground.close();
      },
    };
  } catch (error) {
    await cloud?.stop();
    await ground.close();
    throw error;
  }
}
