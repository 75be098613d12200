import * as z from 'zod';
import type { Cluster } from './cluster.ts';
import { pauseImage } from './node-config.ts';
import { waitUntil } from './start-process.ts';

const podSchema = z.object({ status: z.object({ phase: z.string() }) });

/** For tests: runs a pod on each node, so that there are sandboxes, shims, cgroups and mounts. */
export async function runPods(cluster: Cluster): Promise<void> {
  for (const node of cluster.nodeNames) {
    const pod = {
      metadata: { name: `on-${node}` },
      spec: { nodeName: node, containers: [{ name: 'pause', image: pauseImage, imagePullPolicy: 'Never' }] },
    };
    const created = async (): Promise<boolean> =>
      (await cluster.admin.call('POST', '/api/v1/namespaces/default/pods', pod)).status === 201;
    await waitUntil(created, { what: 'the default service account exists', timeoutMs: 15_000 });
  }
  for (const node of cluster.nodeNames) {
    const running = async (): Promise<boolean> => {
      const { body } = await cluster.admin.call('GET', `/api/v1/namespaces/default/pods/on-${node}`);
      return podSchema.parse(body).status.phase === 'Running';
    };
    await waitUntil(running, { what: `a pod runs on ${node}`, timeoutMs: 30_000 });
  }
}
