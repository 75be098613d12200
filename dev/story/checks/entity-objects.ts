import * as z from 'zod';
import type { World } from '../../world/index.ts';

const kinds = {
  Secret: '/api/v1/namespaces/streaming/secrets',
  ConfigMap: '/api/v1/namespaces/streaming/configmaps',
  Deployment: '/apis/apps/v1/namespaces/streaming/deployments',
  Job: '/apis/batch/v1/namespaces/streaming/jobs',
} as const;
const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }) })),
});

/** Everything in the product's namespace that entities of these types have made (`Deployment stream-orders`), as the API server has it. */
export async function entityObjects(world: World, types: readonly string[]): Promise<string[]> {
  const selector = encodeURIComponent('landfall.dev/component');
  const found: string[] = [];
  for (const [kind, path] of Object.entries(kinds)) {
    const { body } = await world.cluster.admin.call('GET', `${path}?labelSelector=${selector}`);
    for (const { metadata } of listSchema.parse(body).items) {
      const component = metadata.labels['landfall.dev/component'] ?? '';
      if (types.some((type) => component.startsWith(`${type.toLowerCase()}-`))) found.push(`${kind} ${metadata.name}`);
    }
  }
  return found.sort();
}
