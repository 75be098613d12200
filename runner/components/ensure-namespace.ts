import type { Kubernetes } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';
import type { PullSecrets } from '../pull-secrets/index.ts';

export type NamespaceParts = {
  kubernetes: Kubernetes;
  effects: Effects;
  /** Where nodes cannot pull by themselves. */
  pullSecrets?: Pick<PullSecrets, 'ensureIn'> | undefined;
};

/** A component's namespace is made when it is first needed, and never deleted. Where nodes need a Secret to pull, it is there, too. */
export async function ensureNamespace(
  { kubernetes, effects, pullSecrets }: NamespaceParts,
  name: string,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })) === null) {
    const metadata = { name, labels: { 'landfall.dev/managed': 'true' } };
    await effects.run('namespace-create', { target: name, intent: `for ${component}` }, (context) =>
      kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, { signal: context.signal }),
    );
  }
  await pullSecrets?.ensureIn(name, signal);
}
