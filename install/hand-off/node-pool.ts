import type { BaseOutputs } from '../base.ts';

/** Where the cluster's API has it; undefined: the nodes are node groups, or the customer's own. */
export function nodePool(base: Pick<BaseOutputs, 'mode' | 'nodeProfile' | 'autoLimits'>): NodePool | undefined {
  if (base.mode === 'cluster' || base.nodeProfile !== 'auto') return undefined;
  const requirement = (key: string, operator: 'In' | 'Gt', ...values: string[]): object => ({ key, operator, values });
  return {
    path: `/apis/karpenter.sh/v1/nodepools/${name}`,
    object: {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name },
      spec: {
        template: {
          spec: {
            // Comes with EKS's pool `system`, the one that the base stack asks for.
            nodeClassRef: { group: 'eks.amazonaws.com', kind: 'NodeClass', name: 'default' },
            requirements: [
              requirement('eks.amazonaws.com/instance-category', 'In', 'c', 'm', 'r'),
              requirement('eks.amazonaws.com/instance-generation', 'Gt', '4'),
              requirement('kubernetes.io/arch', 'In', 'amd64'),
              requirement('karpenter.sh/capacity-type', 'In', 'on-demand'),
            ],
            expireAfter: '336h',
            terminationGracePeriod: '24h',
          },
        },
        disruption: {
          consolidationPolicy: 'WhenEmptyOrUnderutilized',
          consolidateAfter: '30s',
          budgets: [{ nodes: '10%' }],
        },
        limits: { cpu: String(base.autoLimits.cpu), memory: `${base.autoLimits.memory_gib}Gi` },
      },
    },
  };
}

export type NodePool = { path: string; object: object };
const name = 'landfall';
