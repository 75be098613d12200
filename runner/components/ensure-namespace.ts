import { z } from 'zod';
import { LandfallError } from '../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';
import type { PullSecrets } from '../pull-secrets/index.ts';

export type NamespaceParts = {
  kubernetes: Kubernetes;
  effects: Effects;
  /** Where nodes cannot pull by themselves. */
  pullSecrets?: Pick<PullSecrets, 'ensureIn'> | undefined;
};

/**
 * A component's namespace is made when it is first needed, and never deleted. Where nodes need a Secret to pull, it is there, too. While somebody
 * else deletes it, nothing can be made in it: LF-RUNNER-018 (temporary) says what it waits for.
 */
export async function ensureNamespace(
  { kubernetes, effects, pullSecrets }: NamespaceParts,
  name: string,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  const there = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal });
  if (there?.metadata.deletionTimestamp !== undefined) throw isEnding(there);
  if (there === null) {
    const metadata = { name, labels: { 'landfall.dev/managed': 'true' } };
    await effects.run('namespace-create', { target: name, intent: `for ${component}` }, (context) =>
      kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, { signal: context.signal }),
    );
  }
  await pullSecrets?.ensureIn(name, signal);
}

const endingSchema = z.looseObject({
  spec: z.looseObject({ finalizers: z.array(z.string()).default([]) }).default({ finalizers: [] }),
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ status: z.string(), message: z.string().default('') })) })
    .optional()
    .catch(undefined),
});

/** What holds it stands in its conditions: finalizers of what is in it, or an API group that does not answer. */
function isEnding(namespace: KubeObject): LandfallError {
  const { name, deletionTimestamp } = namespace.metadata;
  const { spec, status } = endingSchema.parse(namespace);
  const held = (status?.conditions ?? []).filter((each) => each.status === 'True' && each.message !== '');
  const why = held.map(({ message }) => message).join('; ') || `finalizers ${spec.finalizers.join(', ') || 'unknown'}`;
  return new LandfallError(
    'LF-RUNNER-018',
    `the namespace ${name} is being deleted since ${deletionTimestamp}: ${why}`,
    {
      temporary: true,
    },
  );
}
