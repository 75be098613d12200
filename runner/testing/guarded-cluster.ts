import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import * as z from 'zod';
import { generateKeyPair, type JsonObject, systemClock } from '../../contract/index.ts';
import { type Cluster, type Ground, openGround, startCluster, tokenKubeconfig } from '../../dev/index.ts';
import {
  createImpersonation,
  createKubernetes,
  type Impersonation,
  type Kubernetes,
  kubeconfigConnection,
} from '../kubernetes/index.ts';

const run = promisify(execFile);

export type Answer = { status: number; message: string; body: unknown };
/** What somebody with a token asks of the API server. */
export type Caller = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;

export type GuardedCluster = {
  ground: Ground;
  cluster: Cluster;
  /** Of the runner's own account, with the rights that its chart gives it. */
  kubeconfigPath: string;
  kubernetes: Kubernetes;
  impersonation: Impersonation;
  callerWith(account: { namespace: string; name: string }): Promise<Caller>;
  /** As the customer's admin; throws unless it succeeds. */
  admin(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>;
  close(): Promise<void>;
};

/** Where the images of the mirror are, as the chart was told. */
export const guardedMirror = 'registry.test/lf-acme';

/** A real control plane with the real chart of the runner (`values`: of it) in it, and access as the runner's account. The runner itself is left out. */
export async function startGuardedCluster(helm: string, values: JsonObject = {}): Promise<GuardedCluster> {
  const ground = await openGround({ say: () => undefined, nodes: 'kwok' });
  const cluster = await startCluster(ground);
  await installChart(helm, ground, cluster, values);
  const agent = new Agent({ connect: { ca: cluster.caPem }, bodyTimeout: 0 });
  const admin: GuardedCluster['admin'] = async (method, path, body) => {
    const answer = await cluster.admin.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const tokenOf = async ({ namespace, name }: { namespace: string; name: string }): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const answer = await admin('POST', path, { spec: { expirationSeconds: 3600 } });
    return z.object({ status: z.object({ token: z.string() }) }).parse(answer).status.token;
  };
  const kubeconfigPath = join(ground.dir, 'runner.kubeconfig');
  const token = await tokenOf({ namespace: 'landfall-system', name: 'landfall-runner' });
  await writeFile(kubeconfigPath, tokenKubeconfig(cluster, token), { mode: 0o600 });
  const connection = await kubeconfigConnection(kubeconfigPath);
  const options = { connection, dispatcher: agent, clock: systemClock };
  return {
    ground,
    cluster,
    kubeconfigPath,
    kubernetes: createKubernetes(options),
    impersonation: createImpersonation(options),
    admin,
    callerWith: async (account) => {
      const authorization = `Bearer ${await tokenOf(account)}`;
      return async (method, path, body, headers = {}) => {
        const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
        const response = await agent.request({
          origin: cluster.endpoint,
          path,
          method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).parse(method),
          headers: { authorization, 'content-type': type, ...headers },
          body: body === undefined ? null : JSON.stringify(body),
        });
        const answer: unknown = JSON.parse(await response.body.text());
        return { status: response.statusCode, message: statusSchema.parse(answer).message, body: answer };
      };
    },
    close: async () => {
      await agent.destroy();
      await ground.close();
    },
  };
}

async function installChart(helm: string, ground: Ground, cluster: Cluster, more: JsonObject): Promise<void> {
  const { publicKeyPem } = generateKeyPair();
  const [host = '', prefix = ''] = guardedMirror.split('/');
  const values = {
    install: { id: 'acme', product: 'shop', region: 'r', account: '1', cluster: 'lf-acme', prefix: 'lf-acme' },
    image: { repository: `${guardedMirror}/landfall/runner`, digest: `sha256:${'a'.repeat(64)}` },
    registry: { host, prefix, pullSecret: 'pull' },
    state: { bucket: 'lf-acme-state', region: 'r' },
    controlPlane: { url: 'https://vendor.test' },
    vendorRegistry: { host: 'registry.vendor.test' },
    trust: { releaseKeys: [publicKeyPem], desiredStateKeys: [publicKeyPem] },
    aws: { podIdentity: { credentialsUri: 'http://127.0.0.1:1/v1/credentials' } },
    guards: { images: { alsoFrom: ['mesh.test/'] } },
    ...more,
  };
  const file = join(ground.dir, 'runner-values.json');
  await writeFile(file, JSON.stringify(values));
  const chart = join(import.meta.dirname, '../../charts/runner');
  const env = { PATH: '/usr/bin:/bin', HOME: ground.dir, KUBECONFIG: cluster.adminKubeconfigPath };
  const args = ['upgrade', '--install', 'landfall-runner', chart, '--namespace=landfall-system', '--create-namespace'];
  const install = () => run(helm, [...args, `--values=${file}`, '--server-side=true'], { env });
  // Discovery may not name the chart's own kind yet (install/hand-off/once-served.ts).
  await install().catch(install);
}

const statusSchema = z.looseObject({ message: z.string().catch('') });
