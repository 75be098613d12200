import * as z from 'zod';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { systemClock } from '../../contract/index.ts';
import { openGround, startCluster, tokenKubeconfig, type Cluster, type Ground } from '../../dev/index.ts';
import { createKubernetes, kubeconfigConnection, type Kubernetes } from '../kubernetes/index.ts';

const run = promisify(execFile);

export type RealCluster = {
  ground: Ground;
  cluster: Cluster;
  /** Of a service account of its own with a token, as a runner outside a pod has. */
  kubeconfigPath: string;
  kubernetes: Kubernetes;
  close(): Promise<void>;
};

/** A real control plane, and access to it as a service account (bound to cluster-admin: rights are the chart's test). Its nodes are simulated unless `nodes` says otherwise. */
export async function startRealCluster(
  nodes: 'auto' | 'kwok' = 'kwok',
  prepare: (ground: Ground) => Promise<Parameters<typeof startCluster>[1]> = async () => ({}),
): Promise<RealCluster> {
  const ground = await openGround({ say: () => undefined, nodes });
  const cluster = await startCluster(ground, await prepare(ground));
  const { admin } = cluster;
  const created = async (path: string, body: object): Promise<unknown> => {
    const answer = await admin.call('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await created('/api/v1/namespaces', { metadata: { name: 'landfall-system' } });
  const accounts = '/api/v1/namespaces/landfall-system/serviceaccounts';
  await created(accounts, { metadata: { name: 'landfall-runner' } });
  await created('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'test-runner' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'landfall-system', name: 'landfall-runner' }],
  });
  const token = z
    .object({ status: z.object({ token: z.string() }) })
    .parse(await created(`${accounts}/landfall-runner/token`, { spec: { expirationSeconds: 3600 } }));
  const kubeconfigPath = join(ground.dir, 'runner.kubeconfig');
  await writeFile(kubeconfigPath, tokenKubeconfig(cluster, token.status.token), { mode: 0o600 });
  const dispatcher = new Agent({ connect: { ca: cluster.caPem }, bodyTimeout: 0 });
  const connection = await kubeconfigConnection(kubeconfigPath);
  const kubernetes = createKubernetes({ connection, dispatcher, clock: systemClock });
  return {
    ground,
    cluster,
    kubeconfigPath,
    kubernetes,
    close: async () => {
      await dispatcher.destroy();
      await ground.close();
    },
  };
}

/** A small chart, packed by the real Helm: a Deployment, a ConfigMap and a hook Job. Returns the path of its .tgz. */
export async function packWebChart(helm: string, dir: string): Promise<string> {
  const chart = await mkdtemp(join(dir, 'chart-'));
  await mkdir(join(chart, 'web', 'templates'), { recursive: true });
  await writeFile(join(chart, 'web', 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\n');
  await writeFile(join(chart, 'web', 'values.yaml'), 'greeting: hello\nselector: {}\nhookSelector: {}\n');
  await writeFile(join(chart, 'web', 'templates', 'all.yaml'), webTemplates);
  await run(helm, ['package', join(chart, 'web'), '--destination', chart]);
  return join(chart, 'web-0.1.0.tgz');
}

const webTemplates = `apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { greeting: {{ .Values.greeting | quote }}, "on": "off" }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations: { greeting: {{ .Values.greeting | quote }} }
    spec:
      nodeSelector: {{ .Values.selector | toJson }}
      containers:
        - name: web
          image: registry.test/web:1
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {{ .Values.hookSelector | toJson }}
      containers: [{ name: migrate, image: "registry.test/migrate:1" }]
`;
