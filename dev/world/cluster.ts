import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ensureTools } from '../tools/index.ts';
import type { AdminClient } from './admin-client.ts';
import { archiveImage, buildBusyboxImage } from './busybox-image.ts';
import { startClusterDns } from './cluster-dns.ts';
import { startControlPlane, type Switch } from './control-plane.ts';
import type { Ground } from './ground.ts';
import { hostCommand } from '../host-command.ts';
import { type ImageCredentials, startCredentialProvider } from './image-credentials.ts';
import { startKwok } from './kwok.ts';
import type { NeverReady } from './kwok-stages.ts';
import { type BridgeNetwork, rangesOf } from './network.ts';
import { nodeAddress, nodeNames, startNode } from './node.ts';
import { pauseImage } from './node-config.ts';
import { type RunningProcess, waitUntil } from './start-process.ts';

export type ClusterOptions = {
  /** Where the API server asks who a bearer token is (TokenReview v1), beside service account tokens. */
  tokenWebhookUrl?: string;
  serviceAccountIssuer?: string;
  imageCredentials?: ImageCredentials;
  /** `host:port` of the Pod Identity agent: pods find it at 169.254.170.23, as on EKS. */
  podIdentityAgent?: string;
  /** Pods that simulated nodes never make ready. */
  neverReady?: NeverReady;
};

export type Cluster = {
  endpoint: string;
  caPem: string;
  /** For dev and tests only: no product code may get it. */
  adminKubeconfigPath: string;
  /** Calls the API server as admin: for dev and tests only. */
  admin: AdminClient;
  /** `kwok` nodes only pretend: what rests on readiness, pulls or logs is to be called simulated. */
  nodes: 'kubelet' | 'kwok';
  nodeNames: readonly string[];
  serviceAccountIssuer: string;
  serviceAccountPublicKeyPem: string;
  /** Nodes and their pods go on while it is away. */
  apiServer: Switch;
  stop(): Promise<void>;
};

/** A real control plane, and two nodes: kubelet and containerd where the ground has a bridge, else kwok, said aloud. */
export async function startCluster(ground: Ground, options: ClusterOptions = {}): Promise<Cluster> {
  const { config, clock, say, network, authority, reaper } = ground;
  const tool = await ensureTools(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'], {
    config,
    clock,
    say,
  });
  const issuer = options.serviceAccountIssuer ?? 'https://oidc.landfall.test/id/world';
  const dir = join(ground.dir, 'cluster');
  const plane = await startControlPlane({
    dir,
    address: network.address,
    serviceRange: network.kind === 'bridge' ? rangesOf(network.index).services : '10.96.0.0/16',
    authority,
    reaper,
    binaries: {
      etcd: tool('etcd'),
      apiserver: tool('kube-apiserver'),
      controllerManager: tool('kube-controller-manager'),
      scheduler: tool('kube-scheduler'),
    },
    tokenWebhookUrl: options.tokenWebhookUrl,
    serviceAccountIssuer: issuer,
  });
  const real = network.kind === 'bridge' ? await startRealNodes(ground, network, plane, options) : undefined;
  if (network.kind === 'loopback') say(`nodes are simulated by kwok: ${network.reason}`);
  const nodes = real?.nodes ?? [await startKwok(ground, plane, options.neverReady)];
  await waitUntil(async () => (await readyNodes(plane.admin)).length === nodeNames.length, {
    what: `${nodeNames.join(' and ')} are Ready`,
    timeoutMs: 60_000,
    processes: [...plane.processes, ...nodes],
  });
  return {
    endpoint: plane.endpoint,
    caPem: authority.certificatePem,
    adminKubeconfigPath: plane.adminKubeconfigPath,
    admin: plane.admin,
    nodes: network.kind === 'bridge' ? 'kubelet' : 'kwok',
    nodeNames,
    serviceAccountIssuer: issuer,
    serviceAccountPublicKeyPem: plane.serviceAccountPublicKeyPem,
    apiServer: plane.apiServer,
    async stop() {
      // Nodes first: their connections end while somebody is there to acknowledge it.
      for (const process of [...plane.processes, ...nodes].toReversed()) await process.kill();
      await real?.stop();
      await plane.admin.close();
    },
  };
}

async function startRealNodes(
  ground: Ground,
  network: BridgeNetwork,
  plane: { endpoint: string; admin: AdminClient },
  { imageCredentials: credentials, podIdentityAgent }: ClusterOptions,
): Promise<{ nodes: RunningProcess[]; stop(): Promise<void> }> {
  const { config, clock, say, dir } = ground;
  const tool = await ensureTools(['kubelet', 'kube-proxy'], { config, clock, say });
  const { busybox } = network.packages;
  const pauseArchive = join(dir, 'pause.tar');
  const pause = await buildBusyboxImage({ busybox, command: ['/bin/sleep', '2147483647'] });
  await writeFile(pauseArchive, await archiveImage(pause, pauseImage));
  const { address } = network;
  const provider =
    credentials === undefined
      ? undefined
      : await startCredentialProvider(join(dir, 'credentials'), { address, busybox, credentials, say });
  const dns = await startClusterDns({ address, admin: plane.admin });
  await bindKubeProxy(plane.admin);
  const ranges = rangesOf(network.index);
  const nodes = await Promise.all(
    nodeNames.map(async (name, position) => {
      // Short: unix sockets under it may have no more than 107 characters.
      const nodeDir = join(dir, name.slice(-1));
      await mkdir(nodeDir, { recursive: true });
      return startNode({
        name,
        position,
        dir: nodeDir,
        network,
        clusterRange: ranges.pods,
        endpoint: plane.endpoint,
        authority: ground.authority,
        reaper: ground.reaper,
        binaries: { kubelet: tool('kubelet'), kubeProxy: tool('kube-proxy') },
        pauseArchive,
        credentialProvider: provider?.dir,
        podIdentityAgent,
        zone: `eu-central-1${name.slice(-1)}`,
      });
    }),
  );
  await hostCommand(network.packages.ip, ['route', 'replace', ranges.services, 'via', nodeAddress(network.index, 0)]);
  return {
    nodes,
    async stop() {
      await dns.stop();
      await provider?.stop();
    },
  };
}

/** What kubeadm and EKS give kube-proxy. */
async function bindKubeProxy(admin: AdminClient): Promise<void> {
  await admin.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'world-kube-proxy' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-proxy' }],
  });
}

const nodeListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
    }),
  ),
});

async function readyNodes(admin: AdminClient): Promise<string[]> {
  const { items } = nodeListSchema.parse((await admin.call('GET', '/api/v1/nodes')).body);
  return items
    .filter((node) => node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'))
    .map((node) => node.metadata.name);
}
