import * as z from 'zod';
import type { World } from '../../world/index.ts';

const podListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      spec: z.object({ nodeName: z.string().optional() }),
      status: z.object({
        phase: z.string(),
        containerStatuses: z
          .array(z.object({ image: z.string(), imageID: z.string().default(''), ready: z.boolean() }))
          .default([]),
      }),
    }),
  ),
});

export type Pod = z.infer<typeof podListSchema>['items'][number];

/** The pods of a namespace as the API server has them. */
export async function podsIn(world: World, namespace: string): Promise<Pod[]> {
  const { body } = await world.cluster.admin.call('GET', `/api/v1/namespaces/${namespace}/pods`);
  return podListSchema.parse(body).items;
}

/** All of its containers have been pulled and begun. */
export function hasImages({ status: { containerStatuses } }: Pod): boolean {
  return containerStatuses.length > 0 && containerStatuses.every(({ imageID }) => imageID !== '');
}

/** imageIDs that do not come from the account's own registry: there must be none. */
export function imagesFromElsewhere(world: World, pods: readonly Pod[]): string[] {
  return pods
    .flatMap((pod) => pod.status.containerStatuses.map((status) => status.imageID))
    .filter((imageId) => !imageId.startsWith(`${world.cloud.registry.host}/`));
}
