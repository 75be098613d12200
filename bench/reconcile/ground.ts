import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../../dev/config.ts';
import { bundle } from '../../dev/images/bundle.ts';
import { writeRunnerPrograms } from '../../dev/images/bundle-runner.ts';
import { ensureTools } from '../../dev/tools/ensure-tools.ts';
import type { AdminClient } from '../../dev/world/admin-client.ts';
import { startControlPlane } from '../../dev/world/control-plane.ts';
import { openGround } from '../../dev/world/ground.ts';
import { tokenKubeconfig } from '../../dev/world/kubeconfig.ts';
import { type Audit, auditPolicy, readAudit } from './audit.ts';
import { packSmallChart, type SmallChart } from './chart.ts';
import { cpuOf } from './proc.ts';

/** What all cases stand on: a real control plane without nodes, its audit log, one account for all, one chart. */
export type Ground = {
  dir: string;
  helm: string;
  chart: SmallChart;
  admin: AdminClient;
  audit: Audit;
  /** Of the account that the runner and its peer have alike. */
  kubeconfigPath: string;
  /** Our bundled programs, as the images have them. */
  programs: { loop: string; postRender: string };
  say: (line: string) => void;
  /** Processor seconds of API server, etcd and controllers so far: what of the machine was not left for anybody else. */
  clusterCpu(): Promise<number>;
  /** A namespace that has never been used. */
  namespace(): Promise<string>;
  /** A new empty folder. */
  folder(name: string): Promise<string>;
  close(): Promise<void>;
};

export const systemNamespace = 'landfall-system';
const account = 'landfall-runner';

export async function openReconcileGround(say: (line: string) => void): Promise<Ground> {
  const config = readDevConfig();
  const tool = await ensureTools(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'helm'], {
    config,
    clock: systemClock,
    say,
  });
  const ground = await openGround({ say, nodes: 'kwok' });
  const { dir } = ground;
  const [policy, log] = [join(dir, 'audit-policy.json'), join(dir, 'audit.log')];
  await writeFile(policy, auditPolicy(`system:serviceaccount:${systemNamespace}:${account}`));
  await writeFile(log, '');
  const plane = await startControlPlane({
    dir: join(dir, 'cluster'),
    address: ground.network.address,
    serviceRange: '10.96.0.0/16',
    authority: ground.authority,
    reaper: ground.reaper,
    binaries: {
      etcd: tool('etcd'),
      apiserver: tool('kube-apiserver'),
      controllerManager: tool('kube-controller-manager'),
      scheduler: tool('kube-scheduler'),
    },
    tokenWebhookUrl: undefined,
    serviceAccountIssuer: 'https://oidc.landfall.test/id/bench',
    apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
  });
  const { admin } = plane;
  const kubeconfigPath = join(dir, 'runner.kubeconfig');
  const token = await makeAccount(admin);
  await writeFile(
    kubeconfigPath,
    tokenKubeconfig({ endpoint: plane.endpoint, caPem: ground.authority.certificatePem }, token),
    { mode: 0o600 },
  );
  const programs = join(dir, 'programs');
  const { postRender } = await writeRunnerPrograms(programs);
  const entryPoints = { loop: 'runner/testing/loop-process.ts' };
  for (const { name, bytes } of await bundle({
    ...{ what: 'the core of the runner', entryPoints, forbidden: /^$/, small: true },
  })) {
    await writeFile(join(programs, name), bytes);
  }
  let made = 0;
  const folder = async (name: string): Promise<string> => {
    const path = join(dir, `${name}-${++made}`);
    await mkdir(path, { recursive: true });
    return path;
  };
  return {
    dir,
    helm: tool('helm'),
    chart: await packSmallChart(tool('helm'), await folder('chart')),
    admin,
    audit: readAudit(log),
    kubeconfigPath,
    programs: { loop: join(programs, 'loop.js'), postRender },
    say,
    clusterCpu: async () => {
      const each = await Promise.all(plane.processes.map(({ pid }) => cpuOf(pid)));
      return each.reduce((sum, { own }) => sum + own, 0);
    },
    namespace: async () => {
      const name = `bench-${++made}`;
      await created(admin, '/api/v1/namespaces', { metadata: { name } });
      return name;
    },
    folder,
    close: () => ground.close(),
  };
}

async function makeAccount(admin: AdminClient): Promise<string> {
  await created(admin, '/api/v1/namespaces', { metadata: { name: systemNamespace } });
  const accounts = `/api/v1/namespaces/${systemNamespace}/serviceaccounts`;
  await created(admin, accounts, { metadata: { name: account } });
  await created(admin, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'bench-runner' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: systemNamespace, name: account }],
  });
  const answer = await created(admin, `${accounts}/${account}/token`, { spec: { expirationSeconds: 36_000 } });
  return z.object({ status: z.object({ token: z.string() }) }).parse(answer).status.token;
}

async function created(admin: AdminClient, path: string, body: object): Promise<unknown> {
  const answer = await admin.call('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
