import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import { type AdminClient, createAdminClient } from './admin-client.ts';
import type { Authority } from './authority.ts';
import { freePorts } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Reaper } from './reaper.ts';
import { type RunningProcess, startProcess, waitUntil } from './start-process.ts';

export type ControlPlaneOptions = {
  dir: string;
  address: string;
  serviceRange: string;
  authority: Authority;
  reaper: Reaper;
  binaries: { etcd: string; apiserver: string; controllerManager: string; scheduler: string };
  /** Answers TokenReviews, as EKS's authenticator does. */
  tokenWebhookUrl: string | undefined;
  serviceAccountIssuer: string;
  /** More flags for the API server (an audit log to count requests by). */
  apiServerFlags?: readonly string[];
};

export type ControlPlane = {
  endpoint: string;
  adminKubeconfigPath: string;
  admin: AdminClient;
  serviceAccountPublicKeyPem: string;
  apiServer: Switch;
  processes: RunningProcess[];
};

/** What can be away for a while: `start` brings it back under the same address with its content. */
export type Switch = { stop(): Promise<void>; start(): Promise<void> };

const rates = ['--kube-api-qps=500', '--kube-api-burst=1000'];

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dir, address, authority, reaper, binaries } = options;
  const pki = join(dir, 'pki');
  const logs = join(dir, 'logs');
  await mkdir(pki, { recursive: true });
  await mkdir(logs, { recursive: true });
  const [clientPort, peerPort] = await freePorts('127.0.0.1', 2);
  const [port] = await freePorts(address, 1);
  const start = (name: string, file: string, args: string[]) =>
    startProcess({ name, file, args, logPath: join(logs, `${name}.log`), reaper });

  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const etcd = start('etcd', binaries.etcd, [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    // A world lives for minutes: it need not survive a power cut.
    '--unsafe-no-fsync',
  ]);

  const endpoint = `https://${address}:${port}`;
  const keys = await writeKeys(options, pki);
  const admin = await authority.issue({ commonName: 'admin', organizations: ['system:masters'], usage: 'client' });
  const client = { endpoint, caPem: authority.certificatePem };
  const adminKubeconfigPath = await writeKubeconfig(join(dir, 'admin.kubeconfig'), {
    ...client,
    user: 'admin',
    client: admin,
  });
  const apiserverFlags = [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${options.serviceRange}`,
    `--tls-cert-file=${keys.serving.certificate}`,
    `--tls-private-key-file=${keys.serving.key}`,
    `--client-ca-file=${authority.certificatePath}`,
    `--kubelet-client-certificate=${keys.kubeletClient.certificate}`,
    `--kubelet-client-key=${keys.kubeletClient.key}`,
    `--kubelet-certificate-authority=${authority.certificatePath}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-issuer=${options.serviceAccountIssuer}`,
    `--service-account-key-file=${keys.serviceAccountPublic}`,
    `--service-account-signing-key-file=${keys.serviceAccountPrivate}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    ...(await tokenWebhookFlags(options.tokenWebhookUrl, dir)),
    ...(options.apiServerFlags ?? []),
  ];
  const api = createAdminClient({ ...client, client: admin });
  const processes = [etcd];
  const apiServer = apiServerSwitch(api, processes, () => start('kube-apiserver', binaries.apiserver, apiserverFlags));
  await apiServer.start();

  const kubeconfigOf = async (name: string): Promise<string> => {
    const user = `system:${name}`;
    return writeKubeconfig(join(dir, `${name}.kubeconfig`), {
      ...client,
      user,
      client: await authority.issue({ commonName: user, usage: 'client' }),
    });
  };
  const [controllerManagerConfig, schedulerConfig] = await Promise.all(
    ['kube-controller-manager', 'kube-scheduler'].map(kubeconfigOf),
  );
  const controllerManager = start('kube-controller-manager', binaries.controllerManager, [
    `--kubeconfig=${controllerManagerConfig}`,
    `--service-account-private-key-file=${keys.serviceAccountPrivate}`,
    `--root-ca-file=${authority.certificatePath}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--secure-port=0',
    // At the default of 20 its controllers start one after the other for 4 s.
    ...rates,
  ]);
  const scheduler = start('kube-scheduler', binaries.scheduler, [
    `--kubeconfig=${schedulerConfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...rates,
  ]);
  processes.push(controllerManager, scheduler);
  await bindClusterAdminGroup(api);
  return {
    endpoint,
    adminKubeconfigPath,
    admin: api,
    serviceAccountPublicKeyPem: keys.serviceAccountPublicPem,
    apiServer,
    processes,
  };
}

/** The process under way is in `processes`, the last of which is to end first. */
function apiServerSwitch(api: AdminClient, processes: RunningProcess[], begin: () => RunningProcess): Switch {
  let running: RunningProcess | undefined;
  return {
    async start() {
      if (running !== undefined) return;
      const started = begin();
      running = started;
      processes.splice(1, 0, started);
      await waitUntil(async () => (await api.call('GET', '/readyz')).status === 200, {
        what: 'the API server is ready',
        timeoutMs: 60_000,
        processes: [...processes],
      });
    },
    async stop() {
      const stopping = running;
      running = undefined;
      if (stopping === undefined) return;
      processes.splice(processes.indexOf(stopping), 1);
      await stopping.kill();
    },
  };
}

async function writeKeys({ address, serviceRange, authority }: ControlPlaneOptions, pki: string) {
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(pki, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const writePair = async (name: string, pair: { certificatePem: string; keyPem: string }) => ({
    certificate: await write(`${name}.crt`, pair.certificatePem),
    key: await write(`${name}.key`, pair.keyPem),
  });
  const firstService = serviceRange.replace(/\.0\/\d+$/, '.1');
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const hosts = [...new Set([address, firstService, '127.0.0.1', 'localhost', ...service])];
  // RSA, as EKS signs service account tokens.
  const serviceAccount = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    serving: await writePair(
      'apiserver',
      await authority.issue({ commonName: 'kube-apiserver', hosts, usage: 'server' }),
    ),
    kubeletClient: await writePair(
      'apiserver-kubelet-client',
      await authority.issue({ commonName: 'kube-apiserver', organizations: ['system:masters'], usage: 'client' }),
    ),
    serviceAccountPrivate: await write('service-account.key', serviceAccount.privateKey),
    serviceAccountPublic: await write('service-account.pub', serviceAccount.publicKey),
    serviceAccountPublicPem: serviceAccount.publicKey,
  };
}

async function tokenWebhookFlags(url: string | undefined, dir: string): Promise<string[]> {
  if (url === undefined) return [];
  const path = join(dir, 'token-webhook.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'webhook', cluster: { server: url } }],
    users: [{ name: 'apiserver', user: {} }],
    contexts: [{ name: 'webhook', context: { cluster: 'webhook', user: 'apiserver' } }],
    'current-context': 'webhook',
  };
  await writeFile(path, JSON.stringify(config));
  return [
    `--authentication-token-webhook-config-file=${path}`,
    '--authentication-token-webhook-version=v1',
    // A removed access entry must be felt by the very next request.
    '--authentication-token-webhook-cache-ttl=0s',
  ];
}

/** What EKS's AmazonEKSClusterAdminPolicy gives; the token webhook puts a principal into this group. */
async function bindClusterAdminGroup(api: AdminClient): Promise<void> {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'eks-cluster-admin' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'eks:cluster-admin' }],
  };
  const answer = await api.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding);
  if (answer.status === 201) return;
  throw new LandfallError(
    'LF-DEV-004',
    `the API server refused the ClusterRoleBinding of eks:cluster-admin (${answer.status})`,
  );
}
