import * as z from 'zod';
import { runnerStatusSchema } from '../../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../../kubernetes/index.ts';
import { createStore } from '../../store/index.ts';
import type { Sight } from './stage.ts';

const jobSchema = z.looseObject({
  template: z.looseObject({
    spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()).default([]) })) }),
  }),
});
const dataSchema = z.record(z.string(), z.string()).default({});

/** What anybody sees who can read the cluster. */
export async function lookInCluster(
  kubernetes: Kubernetes,
  namespaces: { runner: string; product: string },
): Promise<Pick<Sight, 'status' | 'deployments' | 'configs' | 'ran'>> {
  const list = async (apiVersion: string, kind: string): Promise<KubeObject[]> =>
    (await kubernetes.list({ apiVersion, kind, namespace: namespaces.product })).items;
  const store = createStore({ kubernetes, namespace: namespaces.runner, epoch: () => 0 });
  const configs = await list('v1', 'ConfigMap');
  return {
    status: (await store.get('status', runnerStatusSchema))?.value ?? null,
    deployments: (await list('apps/v1', 'Deployment')).map(({ metadata }) => metadata.name).sort(),
    configs: Object.fromEntries(configs.map(({ metadata, data }) => [metadata.name, dataSchema.parse(data)])),
    ran: (await list('batch/v1', 'Job'))
      .flatMap(({ spec }) => jobSchema.parse(spec).template.spec.containers.flatMap(({ args }) => args))
      .sort(),
  };
}
