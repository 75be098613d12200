import type { Kubernetes } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';

/** A component's namespace is made when it is first needed, and never deleted. */
export async function ensureNamespace(
  { kubernetes, effects }: { kubernetes: Kubernetes; effects: Effects },
  name: string,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })) !== null) return;
  const metadata = { name, labels: { 'landfall.dev/managed': 'true' } };
  await effects.run('namespace-create', { target: name, intent: `for ${component}` }, (context) =>
    kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, { signal: context.signal }),
  );
}
