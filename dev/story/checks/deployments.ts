import * as z from 'zod';
import type { World } from '../../world/index.ts';

const path = (name: string): string => `/apis/apps/v1/namespaces/streaming/deployments/${name}`;
const objectSchema = z.object({ metadata: z.object({ uid: z.string() }) });

/** null: there is none. */
export async function deploymentUid(world: World, name: string): Promise<string | null> {
  const { status, body } = await world.cluster.admin.call('GET', path(name));
  return status === 200 ? objectSchema.parse(body).metadata.uid : null;
}

/** As somebody with kubectl would. */
export async function deleteDeployment(world: World, name: string): Promise<void> {
  await world.cluster.admin.call('DELETE', `${path(name)}?propagationPolicy=Background`);
}
