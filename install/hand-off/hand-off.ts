import { join } from 'node:path';
import { createHelm } from '../../engines/index.ts';
import { runnerIdentity } from '../../stacks/index.ts';
import { type Cluster, createClusterApi } from '../cluster/cluster-api.ts';
import { createEksToken } from '../cluster/eks-token.ts';
import { requireReachable } from '../cluster/require-reachable.ts';
import { withKubeconfig } from '../cluster/kubeconfig.ts';
import { waitForRunner } from '../cluster/wait-for-runner.ts';
import type { InstallContext } from '../context.ts';
import { deliverRunner } from './deliver-runner.ts';
import { nodePool } from './node-pool.ts';
import { onceServed } from './once-served.ts';
import type { HandOffRequest } from './request.ts';
import { applyHandOffSecret } from './secret.ts';
import { requireNodeFor } from './runner-architectures.ts';
import { runnerValues } from './values.ts';

export type HandOffResult = {
  cluster: Cluster;
  /** Who holds the runner's lease; null when the runner had ended this access before that could be read. */
  holder: string | null;
};

const helmTimeoutMs = 5 * 60_000;

/** The runner's image into the customer's registry, its chart into the cluster; ready when it holds its lease. */
export async function handOff(context: InstallContext, request: HandOffRequest): Promise<HandOffResult> {
  const { base, session, region } = request;
  context.say({ step: 'push', state: 'started', text: `the runner's image into ${base.registryHost}` });
  const { chartPath, architectures } = await deliverRunner(context, request);
  context.say({ step: 'push', state: 'done', text: request.runner.image.digest });

  context.say({ step: 'hand-off', state: 'started', text: `the runner's chart into ${base.clusterName}` });
  const cluster: Cluster = {
    endpoint: base.clusterEndpoint,
    ca: Buffer.from(base.clusterCa, 'base64').toString('utf8'),
  };
  const token = (): Promise<string> =>
    createEksToken({
      clock: context.clock,
      clusterName: base.clusterName,
      region,
      credentials: session.credentials,
      ...(context.awsEndpointUrl === undefined ? {} : { awsEndpointUrl: context.awsEndpointUrl }),
    });
  const api = createClusterApi(cluster, token, context.wayOut);
  try {
    await requireReachable(api, cluster.endpoint);
    await requireNodeFor(api, architectures, base);
    const pool = nodePool(base);
    // Before the chart: without it Auto Mode has no node for the runner.
    if (pool !== undefined) await api.apply(pool.path, pool.object);
    await applyHandOffSecret(context, request, api);
    const dir = join(context.workDir, 'hand-off');
    await withKubeconfig(dir, cluster, await token(), async (path) => {
      const helm = createHelm({
        binary: context.engines.helm,
        homeDir: join(dir, 'helm'),
        connection: { kind: 'kubeconfig', path },
        runProcess: context.runProcess,
      });
      const release = {
        name: runnerIdentity.serviceAccount,
        namespace: runnerIdentity.namespace,
        chart: chartPath,
        values: [runnerValues(request, architectures), request.values ?? {}],
        timeoutMs: helmTimeoutMs,
      };
      const call = context.signal === undefined ? {} : { signal: context.signal };
      await onceServed(context, () => helm.upgradeInstall(release, call));
    });
    context.say({ step: 'hand-off', state: 'done', text: 'the chart is in' });
    context.say({ step: 'ready', state: 'started', text: 'waiting for the runner: ready, and holding its lease' });
    const { holder } = await waitForRunner(context, api, request.readyTimeoutMs ?? 300_000);
    const text =
      holder === null ? 'the runner is at work: it has ended this access already' : `${holder} holds the lease`;
    context.say({ step: 'ready', state: 'done', text });
    return { cluster, holder };
  } finally {
    await api.close();
  }
}
