import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';
import { runnerIdentity } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';
import type { ClusterApi } from './cluster-api.ts';

const deploymentSchema = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      updatedReplicas: z.number().default(0),
      readyReplicas: z.number().default(0),
    })
    .default({ observedGeneration: 0, updatedReplicas: 0, readyReplicas: 0 }),
});
const leaseSchema = z.object({
  spec: z.object({
    holderIdentity: z.string().optional(),
    renewTime: z.string().optional(),
    leaseDurationSeconds: z.number().default(30),
  }),
});

const { namespace, serviceAccount: name } = runnerIdentity;
const betweenLooksMs = 500;

/**
 * Until the runner's Deployment is ready AND somebody holds and renews its lease: one without the other is not a runner.
 * `holder` is null when the cluster does not know us any more (401): a runner that is ready and holds its lease ends the
 * install's access at once, maybe between two looks of ours, and nobody else does.
 */
export async function waitForRunner(
  context: InstallContext,
  api: ClusterApi,
  timeoutMs: number,
): Promise<{ holder: string | null }> {
  const deadline = context.clock.now().getTime() + timeoutMs;
  for (;;) {
    const { missing, holder } = await look(context, api).catch(endedAccess);
    if (missing === undefined && holder !== undefined) return { holder };
    if (context.clock.now().getTime() > deadline) {
      throw new LandfallError('LF-INSTALL-005', `the runner is not ready after ${timeoutMs / 1000} s: ${missing}`, {
        temporary: true,
      });
    }
    await context.clock.sleep(betweenLooksMs, context.signal);
  }
}

type Seen = { missing?: string; holder?: string | null };

function endedAccess(error: unknown): Seen {
  if (error instanceof LandfallError && error.details['status'] === 401) return { holder: null };
  throw error;
}

async function look(context: InstallContext, api: ClusterApi): Promise<Seen> {
  const deployment = await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, deploymentSchema);
  if (deployment === undefined) return { missing: 'its Deployment does not exist' };
  const { metadata, spec, status } = deployment;
  if (status.observedGeneration < metadata.generation || status.readyReplicas < spec.replicas) {
    return { missing: `${status.readyReplicas} of ${spec.replicas} pods are ready` };
  }
  const lease = await api.get(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`, leaseSchema);
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  if (holderIdentity === undefined || holderIdentity === '' || renewTime === undefined) {
    return { missing: 'nobody holds its lease' };
  }
  const age = context.clock.now().getTime() - Date.parse(renewTime);
  if (age > (leaseDurationSeconds ?? 30) * 1000) return { missing: `its lease was last renewed ${renewTime}` };
  return { holder: holderIdentity };
}
