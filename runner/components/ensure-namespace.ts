import * as z from 'zod';
import { describeError, LandfallError } from '../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';
import type { PullSecrets } from '../pull-secrets/index.ts';

export type NamespaceParts = {
  kubernetes: Kubernetes;
  effects: Effects;
  /** Those that this pass has seen: of a hundred components in one, one asks. */
  namespaces?: Set<string> | undefined;
  /** Where nodes cannot pull by themselves. */
  pullSecrets?: Pick<PullSecrets, 'ensureIn'> | undefined;
};

/**
 * A component's namespace is made when it is first needed, and never deleted. Where nodes need a Secret to pull, it is there, too. While somebody
 * else deletes it, nothing can be made in it: LF-RUNNER-018 (temporary) says what it waits for.
 */
export async function ensureNamespace(
  parts: NamespaceParts,
  name: string,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  const { namespaces } = parts;
  if (namespaces?.has(name) !== true) await makeNamespace(parts, name, component, signal);
  namespaces?.add(name);
  await parts.pullSecrets?.ensureIn(name, signal);
}

/** Where it is not there. */
async function makeNamespace(
  { kubernetes, effects }: NamespaceParts,
  name: string,
  component: string,
  signal: AbortSignal,
): Promise<void> {
  const there = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal });
  if (there?.metadata.deletionTimestamp !== undefined) throw isEnding(there);
  if (there !== null) return;
  const metadata = { name, labels: { 'landfall.dev/managed': 'true' } };
  await effects.run('namespace-create', { target: name, intent: `for ${component}` }, (context) =>
    kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, { signal: context.signal }),
  );
}

/** In place of an engine's error, which tells it like a fault of the release: the namespace went while it worked. null: it is there. */
export async function namespaceGone(
  { kubernetes, namespaces }: Pick<NamespaceParts, 'kubernetes' | 'namespaces'>,
  name: string,
  error: unknown,
  signal: AbortSignal,
): Promise<LandfallError | null> {
  if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-010' || signal.aborted) return null;
  const there = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal });
  if (there !== null && there.metadata.deletionTimestamp === undefined) return null;
  namespaces?.delete(name);
  if (there !== null) return isEnding(there);
  const message = `somebody has deleted the namespace ${name}: ${describeError(error)}`;
  return new LandfallError('LF-RUNNER-018', message, { temporary: true, cause: error });
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
