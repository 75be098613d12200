import * as z from 'zod';
import { LandfallError } from '../../../contract/index.ts';
import type { World } from '../../world/index.ts';

const serviceSchema = z.object({
  spec: z.object({ clusterIP: z.string(), ports: z.array(z.object({ port: z.number() })).min(1) }),
});

/** The gateway's address as a client inside the customer's network reaches it. */
export async function gatewayUrl(world: World): Promise<string> {
  const { status, body } = await world.cluster.admin.call('GET', '/api/v1/namespaces/streaming/services/gateway');
  if (status !== 200) throw new LandfallError('LF-DEMO-002', `the gateway's service is not there (${status})`);
  const { spec } = serviceSchema.parse(body);
  return `http://${spec.clusterIP}:${spec.ports[0]?.port ?? 80}/version`;
}
