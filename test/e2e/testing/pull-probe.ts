import * as z from 'zod';
import { waitUntil } from '../../../dev/story/index.ts';
import type { World } from '../../../dev/world/index.ts';

const podSchema = z.object({
  status: z.object({
    containerStatuses: z
      .array(
        z.object({
          imageID: z.string(),
          state: z.object({ waiting: z.object({ reason: z.string(), message: z.string().optional() }).optional() }),
        }),
      )
      .default([]),
  }),
});

export type Pull = { kind: 'pulled' } | { kind: 'refused'; message: string };

/** A pod whose image the node must ask the registry for, though it has it: what the registry said to the node. */
export async function pullOnNode(
  world: World,
  name: string,
  image: string,
  { namespace = 'default', pullSecret }: { namespace?: string; pullSecret?: string } = {},
): Promise<Pull> {
  const { admin } = world.cluster;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await admin.call('POST', pods, {
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      containers: [{ name: 'probe', image, imagePullPolicy: 'Always' }],
    },
  });
  return waitUntil(`the node has asked for ${image}`, 90, async () => {
    const { body } = await admin.call('GET', `${pods}/${name}`);
    const [status] = podSchema.parse(body).status.containerStatuses;
    if (status === undefined) return null;
    if (status.imageID !== '') return { kind: 'pulled' as const };
    const { waiting } = status.state;
    return waiting?.reason === 'ErrImagePull' || waiting?.reason === 'ImagePullBackOff'
      ? { kind: 'refused' as const, message: waiting.message ?? '' }
      : null;
  });
}
