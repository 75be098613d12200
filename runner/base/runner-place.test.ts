import { describe, expect, it } from 'vitest';
import { kubeObjectSchema } from '../kubernetes/types.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { placeOf } from './runner-place.ts';

const never = new AbortController().signal;
const pod = { namespace: 'landfall-system', name: 'landfall-runner-abc' };

async function cluster(nodeLabels: Record<string, string>) {
  const kubernetes = createFakeKubernetes();
  const create = (kind: string, apiVersion: string, metadata: object, more: object) =>
    kubernetes.apply(kubeObjectSchema.parse({ kind, apiVersion, metadata, ...more }), { fieldManager: 'test' });
  await create('Node', 'v1', { name: 'n1', labels: nodeLabels }, {});
  await create('Pod', 'v1', { ...pod, annotations: {} }, { spec: { nodeName: 'n1' } });
  await create(
    'Deployment',
    'apps/v1',
    { namespace: pod.namespace, name: 'landfall-runner' },
    {
      spec: { template: { metadata: {}, spec: { containers: [{ name: 'runner' }] } } },
    },
  );
  return kubernetes;
}

describe("the runner's own place", () => {
  it('is the node group of the node that its pod is on', async () => {
    const kubernetes = await cluster({ 'eks.amazonaws.com/nodegroup': 'general' });
    expect(await placeOf({ kubernetes, pod }).look(never)).toEqual({ nodeGroup: 'general', movedFor: null });
    const auto = await cluster({ 'eks.amazonaws.com/compute-type': 'auto' });
    expect(await placeOf({ kubernetes: auto, pod }).look(never)).toEqual({ nodeGroup: null, movedFor: null });
    expect(await placeOf({ kubernetes, pod: null }).look(never)).toEqual({ nodeGroup: null, movedFor: null });
  });

  it('is left by a preference of its Deployment, which keeps everything else', async () => {
    const kubernetes = await cluster({ 'eks.amazonaws.com/nodegroup': 'general' });
    await placeOf({ kubernetes, pod }).leave('general', 'f.general', never);
    const deployment = await kubernetes.get({
      ...pod,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'landfall-runner',
    });
    expect(deployment?.['spec']).toEqual({
      template: {
        metadata: { annotations: { 'landfall.dev/moved-for': 'f.general' } },
        spec: {
          containers: [{ name: 'runner' }],
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  preference: {
                    matchExpressions: [{ key: 'eks.amazonaws.com/nodegroup', operator: 'NotIn', values: ['general'] }],
                  },
                },
              ],
            },
          },
        },
      },
    });
  });
});
