import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import * as z from 'zod';
import type { World } from '../../../dev/world/index.ts';

const rulesSchema = z.object({
  status: z.object({
    incomplete: z.boolean(),
    resourceRules: z.array(z.object({ verbs: z.array(z.string()), resources: z.array(z.string()) })),
  }),
});

/** What the API server says that the holder of a service account token may do in a namespace, as `resource: verbs`. */
export async function rightsOf(world: World, pid: number, namespace: string): Promise<Record<string, string>> {
  const token = readFileSync(`/proc/${pid}/root/var/run/secrets/kubernetes.io/serviceaccount/token`, 'utf8');
  const dispatcher = new Agent({ connect: { ca: world.cluster.caPem } });
  try {
    const answer = await request(`${world.cluster.endpoint}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews`, {
      dispatcher,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { namespace } }),
    });
    const { status } = rulesSchema.parse(await answer.body.json());
    const rights = new Map<string, Set<string>>();
    for (const { resources, verbs } of status.resourceRules) {
      for (const resource of resources) {
        const held = rights.get(resource) ?? new Set();
        for (const verb of verbs) held.add(verb);
        rights.set(resource, held);
      }
    }
    return Object.fromEntries([...rights].map(([resource, verbs]) => [resource, [...verbs].toSorted().join(' ')]));
  } finally {
    await dispatcher.close();
  }
}
