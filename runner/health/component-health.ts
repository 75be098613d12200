import { describeError, type HelmComponent } from '../../contract/index.ts';
import type { KubeObject, Kubernetes, ObjectRef } from '../kubernetes/index.ts';
import { type Health, healthOf } from './object-health.ts';
import { spreadHealth } from './spread.ts';

export type HealthParts = {
  kubernetes: Kubernetes;
  refs: readonly ObjectRef[];
  rules: HelmComponent['health'];
  /** What the shared watch that sees all of them selects: looking at them costs no request. */
  watched?: string | undefined;
};

/** Kinds whose status says whether they have become what they should be; everything else is healthy once it is there. */
export const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'Pod',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
]);

/** Kinds that may go by themselves once they are done (`ttlSecondsAfterFinished`): absent is not missing, and putting one back would run it again. */
export const passingKinds: ReadonlySet<string> = new Set(['Job', 'Pod']);

/** One look at everything. The worst counts: failed, then progressing. */
export async function lookAtHealth(parts: HealthParts, signal: AbortSignal): Promise<Health> {
  const refs = parts.refs.filter((ref) => workloadKinds.has(ref.kind));
  const objects = await Promise.all(refs.map((ref) => parts.kubernetes.get(ref, { signal, watched: parts.watched })));
  const found = objects.map((object, i): Health => {
    const ref = refs[i];
    if (object !== null) return healthOf(object);
    if (ref !== undefined && passingKinds.has(ref.kind)) return { state: 'healthy' };
    return { state: 'progressing', message: `${ref?.kind} ${ref?.name} is not there`, missing: true };
  });
  const worst = worstOf(found);
  if (worst.state !== 'healthy') return worst;
  const spread = parts.rules.spreadOverNodes.map((rule) => {
    const isIt = (object: KubeObject | null): boolean =>
      object?.kind === 'Deployment' && object.metadata.name === rule.deployment;
    const deployment = objects.find(isIt);
    const absent: Health = {
      state: 'failed',
      message: `spreadOverNodes names Deployment ${rule.deployment}, which is not part of it`,
    };
    return deployment == null ? Promise.resolve(absent) : spreadHealth(parts.kubernetes, rule, deployment, signal);
  });
  return worstOf(await Promise.all(spread));
}

function worstOf(found: readonly Health[]): Health {
  return (
    found.find((health) => health.state === 'failed') ??
    found.find((health) => health.state === 'progressing' && health.missing === true) ??
    found.find((health) => health.state === 'progressing') ?? { state: 'healthy' }
  );
}

/** A look that may fail because the API server is away: unknown is not failure. */
export async function lookIfPossible(parts: HealthParts, signal: AbortSignal): Promise<Health> {
  try {
    return await lookAtHealth(parts, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { state: 'progressing', message: describeError(error) };
  }
}
