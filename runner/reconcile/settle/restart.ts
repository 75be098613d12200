import { LandfallError } from '../../../contract/index.ts';
import { partsOf, workloadsOf } from '../kinds/index.ts';
import type { Memory } from '../memory/memory.ts';
import type { Parts } from '../parts.ts';

const restartable: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** As `kubectl rollout restart`; the annotation's value is the request, so that the same request twice is one restart. */
export async function restartComponent(
  parts: Parts,
  memory: Memory,
  component: string,
  requestId: string,
  signal: AbortSignal,
): Promise<void> {
  const record = await memory.component(component).read();
  const refs = record === null ? [] : await workloadsOf(parts, record, signal);
  const workloads = refs.filter((ref) => restartable.has(ref.kind));
  if (record === null || workloads.length === 0) {
    const message = `${component} cannot be restarted: no component with workloads of that name is installed`;
    throw new LandfallError('LF-RUNNER-014', message);
  }
  const patch = { spec: { template: { metadata: { annotations: { 'landfall.dev/restart': requestId } } } } };
  await parts.effects.run('workload-restart', { target: component, intent: requestId }, async (context) => {
    const { kubernetes } = partsOf(parts, component, record);
    for (const ref of workloads) await kubernetes.patch(ref, patch, { signal: context.signal });
  });
}
