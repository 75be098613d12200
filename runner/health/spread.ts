import * as z from 'zod';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { Health } from './health.ts';

export type SpreadRule = { deployment: string; minimum: number };

const selectorSchema = z.looseObject({
  spec: z.looseObject({ selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }) }),
});
const podSchema = z.looseObject({
  spec: z.looseObject({ nodeName: z.string().optional() }),
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});
const nodeSchema = z.looseObject({ spec: z.looseObject({ unschedulable: z.boolean().optional() }).default({}) });

/** Whether ready pods of a Deployment stand on enough different nodes. Where the cluster has fewer nodes, all of them are enough. */
export async function spreadHealth(
  kubernetes: Kubernetes,
  rule: SpreadRule,
  deployment: KubeObject,
  signal: AbortSignal,
): Promise<Health> {
  const { namespace } = deployment.metadata;
  const labels = selectorSchema.parse(deployment).spec.selector.matchLabels;
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const [pods, nodes] = await Promise.all([
    kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector, signal }),
    kubernetes.list({ apiVersion: 'v1', kind: 'Node', signal }),
  ]);
  const usable = nodes.items.filter((node) => nodeSchema.parse(node).spec.unschedulable !== true).length;
  const wanted = Math.min(rule.minimum, Math.max(usable, 1));
  const used = new Set(pods.items.filter(isReady).map((pod) => podSchema.parse(pod).spec.nodeName));
  if (used.size >= wanted) return { state: 'healthy' };
  const message = `Deployment ${rule.deployment}: ready pods on ${used.size} of ${wanted} different nodes`;
  return { state: 'degraded', message };
}

function isReady(pod: KubeObject): boolean {
  const { spec, status } = podSchema.parse(pod);
  if (pod.metadata.deletionTimestamp !== undefined || spec.nodeName === undefined) return false;
  return status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}
