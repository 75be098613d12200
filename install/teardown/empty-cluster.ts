import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeClusterCommand,
  type EKSClient,
} from '@aws-sdk/client-eks';
import { join } from 'node:path';
import * as z from 'zod';
import { describeError, LandfallError, parseJson } from '../../contract/index.ts';
import { createHelm, type Helm } from '../../engines/index.ts';
import { runnerIdentity } from '../../stacks/index.ts';
import { refusalOf } from '../aws-error.ts';
import { type Cluster, type ClusterApi, createClusterApi } from '../cluster/cluster-api.ts';
import { createEksToken } from '../cluster/eks-token.ts';
import { withKubeconfig } from '../cluster/kubeconfig.ts';
import type { InstallContext, InstallSession } from '../context.ts';
import type { Journal } from './journal.ts';
import { otherInstall } from './whose-runner.ts';

export type EmptyClusterRequest = {
  context: InstallContext;
  journal: Journal;
  eks: EKSClient;
  session: InstallSession;
  partition: string;
  region: string;
  clusterName: string;
  /** `stays`: the cluster is the customer's, so nothing of ours may be left in it. */
  cluster: 'goes' | 'stays';
};

const helmTimeoutMs = 5 * 60_000;
const entryTries = 30;
const betweenTriesMs = 1000;
/** Set by the runner on every Helm release that it made; `runner/components/helm`. */
const runnersLabel = 'landfall.dev/fingerprint';

/**
 * The runner first, so that it puts nothing back; then the product's Helm releases, so that controllers take away what they made
 * for them. By an entry of the teardown role that is gone afterwards. Where the cluster cannot be reached from here (a private
 * endpoint), that is said, and the nodes go with everything on them.
 */
export async function emptyCluster(request: EmptyClusterRequest): Promise<void> {
  const { context, eks, clusterName } = request;
  const cluster = await clusterOf(eks, clusterName);
  if (cluster === undefined) return;
  const entry = { clusterName, principalArn: request.session.roleArn };
  await enter(request, entry);
  const token = (): Promise<string> =>
    createEksToken({
      clock: context.clock,
      clusterName,
      region: request.region,
      credentials: request.session.credentials,
      ...(context.awsEndpointUrl === undefined ? {} : { awsEndpointUrl: context.awsEndpointUrl }),
    });
  const api = createClusterApi(cluster, token, context.wayOut);
  try {
    if (!(await isLetIn(context, api))) return await unreachable(request, 'it does not let the teardown role in');
    const other = await otherInstall(api, request.session.roleArn);
    if (other !== undefined) {
      const why = `the runner in it, and what it installed, are of install ${other}`;
      return await request.journal.note(`nothing in cluster ${clusterName} was touched: ${why}`);
    }
    await removeReleases(request, api, cluster, await token());
  } catch (error) {
    if (!(error instanceof LandfallError) || !error.temporary) throw error;
    await unreachable(request, error.message);
  } finally {
    await api.close();
    await eks.send(new DeleteAccessEntryCommand(entry)).catch(absentIsFine);
  }
}

async function clusterOf(eks: EKSClient, name: string): Promise<Cluster | undefined> {
  const answer = await eks.send(new DescribeClusterCommand({ name })).catch(absentIsFine);
  const { endpoint, certificateAuthority, status } = answer?.cluster ?? {};
  if (endpoint === undefined || status === 'DELETING') return undefined;
  return { endpoint, ca: Buffer.from(certificateAuthority?.data ?? '', 'base64').toString('utf8') };
}

async function enter(
  { eks, partition }: EmptyClusterRequest,
  entry: { clusterName: string; principalArn: string },
): Promise<void> {
  await eks.send(new CreateAccessEntryCommand({ ...entry, type: 'STANDARD' })).catch((error: unknown) => {
    // Of an earlier run that was killed.
    if (refusalOf(error)?.name !== 'ResourceInUseException') throw error;
  });
  await eks.send(
    new AssociateAccessPolicyCommand({
      ...entry,
      policyArn: `arn:${partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
      accessScope: { type: 'cluster' },
    }),
  );
}

/** An access entry takes seconds to be known everywhere. */
async function isLetIn(context: InstallContext, api: ClusterApi): Promise<boolean> {
  for (let attempt = 1; attempt <= entryTries; attempt++) {
    const { status } = await api.ask('GET', '/api/v1/namespaces?limit=1');
    if (status === 200) return true;
    await context.clock.sleep(betweenTriesMs, context.signal);
  }
  return false;
}

async function unreachable({ journal, cluster, clusterName }: EmptyClusterRequest, why: string): Promise<void> {
  const { namespace, serviceAccount } = runnerIdentity;
  const instead =
    cluster === 'goes'
      ? 'the runner and the product end with the nodes'
      : `remove the runner from it by hand: helm uninstall ${serviceAccount} -n ${namespace}; its role ends with the account stack`;
  await journal.note(`cluster ${clusterName} was not reached from here (${why}): ${instead}`);
}

async function removeReleases(
  request: EmptyClusterRequest,
  api: ClusterApi,
  cluster: Cluster,
  token: string,
): Promise<void> {
  const { context } = request;
  const { namespace, serviceAccount } = runnerIdentity;
  const product = await productReleases(api);
  const dir = join(context.workDir, 'teardown');
  await withKubeconfig(dir, cluster, token, async (path) => {
    const helm = createHelm({
      binary: context.engines.helm,
      homeDir: join(dir, 'helm'),
      connection: { kind: 'kubeconfig', path },
      runProcess: context.runProcess,
    });
    await remove(request, helm, { namespace, name: serviceAccount }, 'the runner');
    for (const release of product) await remove(request, helm, release, "the product's release");
  });
  if (request.cluster === 'stays') {
    const { status } = await api.ask('DELETE', `/api/v1/namespaces/${namespace}`);
    if (status < 300) await request.journal.deleted('runner', { kind: 'namespace', id: namespace });
    for (const each of new Set(product.map((release) => release.namespace))) {
      await request.journal.kept({ kind: 'namespace', id: each }, 'it may hold volumes and secrets of the customer');
    }
  }
}

async function remove(
  { context, journal, clusterName }: EmptyClusterRequest,
  helm: Helm,
  release: { namespace: string; name: string },
  what: string,
): Promise<void> {
  const id = `${clusterName}/${release.namespace}/${release.name}`;
  context.say({ step: 'teardown', state: 'progress', text: `runner: removing ${what} ${id}` });
  try {
    const call = context.signal === undefined ? {} : { signal: context.signal };
    await helm.uninstall({ ...release, timeoutMs: helmTimeoutMs }, call);
    await journal.deleted('runner', { kind: 'helm-release', id });
  } catch (error) {
    await journal.note(`${what} ${id} could not be removed by Helm: ${describeError(error)}`);
  }
}

const secretsSchema = z.object({
  metadata: z.object({ continue: z.string().optional() }).default({}),
  items: z.array(z.object({ metadata: z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()) }) })),
});

/** From the labels of Helm's own secrets. A few at a time: each holds a whole release. */
async function productReleases(api: ClusterApi): Promise<{ namespace: string; name: string }[]> {
  const found = new Map<string, { namespace: string; name: string }>();
  let next = '';
  do {
    const query = new URLSearchParams({ labelSelector: `owner=helm,${runnersLabel}`, limit: '10', continue: next });
    const { status, body } = await api.ask('GET', `/api/v1/secrets?${query.toString()}`);
    if (status !== 200) throw new LandfallError('LF-INSTALL-008', `listing Helm's releases was refused with ${status}`);
    const page = parseJson(body, secretsSchema, "Helm's releases", { bytes: 32 * 1024 * 1024, depth: 60 });
    for (const { metadata } of page.items) {
      const release = { namespace: metadata.namespace, name: metadata.labels['name'] ?? '' };
      if (release.name !== '') found.set(`${release.namespace}/${release.name}`, release);
    }
    next = page.metadata.continue ?? '';
  } while (next !== '');
  return [...found.values()];
}

function absentIsFine(error: unknown): undefined {
  if (refusalOf(error)?.name === 'ResourceNotFoundException') return undefined;
  throw error;
}
