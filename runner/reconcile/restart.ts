import { LandfallError } from '../../contract/index.ts';
import { observeHelm, refsOf } from '../components/helm/observe.ts';
import type { Memory } from './memory.ts';
import type { Parts } from './parts.ts';

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
  if (record?.helm == null) {
    throw new LandfallError('LF-RUNNER-014', `${component} cannot be restarted: no such Helm component is installed`);
  }
  const observed = await observeHelm(parts.kubernetes, parts.cache, record.helm, signal);
  const workloads = refsOf(observed).filter((ref) => restartable.has(ref.kind));
  const patch = { spec: { template: { metadata: { annotations: { 'landfall.dev/restart': requestId } } } } };
  await parts.effects.run('workload-restart', { target: component, intent: requestId }, async (context) => {
    for (const ref of workloads) await parts.kubernetes.patch(ref, patch, { signal: context.signal });
  });
}
