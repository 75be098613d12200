import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines, simulatedCluster } from '../tools/index.ts';
import { startCluster } from './cluster.ts';
import { openGround } from './ground.ts';
import { waitUntil } from './start-process.ts';

const engines = await requireEngines(...simulatedCluster);
const deploymentSchema = z.object({ status: z.object({ readyReplicas: z.number().optional() }) });

describe.skipIf(!engines.available)('a cluster without real nodes', () => {
  it('says aloud that its nodes are simulated, and calls pods ready that never run', async () => {
    const said: string[] = [];
    const ground = await openGround({ say: (line) => said.push(line), nodes: 'kwok' });
    try {
      const cluster = await startCluster(ground);
      expect(cluster.nodes).toBe('kwok');
      expect(ground.network.address).toBe('127.0.0.1');
      expect(said).toContainEqual(expect.stringMatching(/simulated by kwok/));
      const labels = { app: 'nothing' };
      const path = '/apis/apps/v1/namespaces/default/deployments';
      const created = await cluster.admin.call('POST', path, {
        metadata: { name: 'nothing' },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'nothing', image: 'nowhere.invalid/nothing:1' }] },
          },
        },
      });
      expect(created.status).toBe(201);
      const ready = async (): Promise<boolean> => {
        const { body } = await cluster.admin.call('GET', `${path}/nothing`);
        return deploymentSchema.parse(body).status.readyReplicas === 2;
      };
      await waitUntil(ready, { what: 'the deployment is called ready', timeoutMs: 30_000 });
      await cluster.stop();
    } finally {
      await ground.close();
    }
  });
});
