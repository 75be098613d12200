import type { Kubernetes, KubeObject } from '../kubernetes/index.ts';

/** Where the runner itself runs, and how it gets away from there. */
export type RunnerPlace = {
  look(signal: AbortSignal): Promise<WhereItRuns>;
  /** Asks for other nodes than the group's: Kubernetes ends this pod and starts the next one, elsewhere where there is room. */
  leave(nodeGroup: string, purpose: string, signal: AbortSignal): Promise<void>;
};

export type WhereItRuns = {
  /** The node group of its node; null outside a pod, on Auto Mode's nodes, or when it cannot be told. */
  nodeGroup: string | null;
  /** What this very pod was started for, by `leave`; null: it was not. */
  movedFor: string | null;
};

const groupLabel = 'eks.amazonaws.com/nodegroup';
const purposeAnnotation = 'landfall.dev/moved-for';
const deployment = 'landfall-runner';

export function placeOf(options: {
  kubernetes: Kubernetes;
  pod: { namespace: string; name: string } | null;
}): RunnerPlace {
  const { kubernetes, pod } = options;
  return {
    look: async (signal) => {
      if (pod === null) return { nodeGroup: null, movedFor: null };
      const self = await kubernetes.get({ apiVersion: 'v1', kind: 'Pod', ...pod }, { signal });
      const movedFor = self?.metadata.annotations?.[purposeAnnotation] ?? null;
      const name = nodeNameOf(self);
      if (name === null) return { nodeGroup: null, movedFor };
      const node = await kubernetes.get({ apiVersion: 'v1', kind: 'Node', name }, { signal, metadataOnly: true });
      return { nodeGroup: node?.metadata.labels?.[groupLabel] ?? null, movedFor };
    },
    leave: async (nodeGroup, purpose, signal) => {
      if (pod === null) return;
      // Preferred, not required: a runner that finds room nowhere else must come back to where it was, and not stay away for good.
      const notThere = { matchExpressions: [{ key: groupLabel, operator: 'NotIn', values: [nodeGroup] }] };
      const affinity = {
        nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: notThere }] },
      };
      const metadata = { annotations: { [purposeAnnotation]: purpose } };
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: pod.namespace, name: deployment };
      await kubernetes.patch(ref, { spec: { template: { metadata, spec: { affinity } } } }, { signal });
    },
  };
}

function nodeNameOf(pod: KubeObject | null): string | null {
  const spec = pod?.['spec'];
  if (spec === null || typeof spec !== 'object' || !('nodeName' in spec)) return null;
  return typeof spec.nodeName === 'string' ? spec.nodeName : null;
}
