import { describeError, type HealthRules, LandfallError } from '../../contract/index.ts';
import { isNotThere, type KubeObject, type Kubernetes, type ObjectRef } from '../kubernetes/index.ts';
import { kindRules } from './expressions.ts';
import { failed, type Health, worstOf } from './health.ts';
import { isJudged } from './judged.ts';
import { healthOf } from './object-health.ts';
import { spreadHealth } from './spread.ts';

export type HealthParts = {
  kubernetes: Kubernetes;
  refs: readonly ObjectRef[];
  rules: HealthRules;
  /** What the shared watch that sees all of them selects: looking at them costs no request. */
  watched?: string | undefined;
};

/** Kinds that may go by themselves once they are done (`ttlSecondsAfterFinished`): absent is not missing, and putting one back would run it again. */
export const passingKinds: ReadonlySet<string> = new Set(['Job', 'Pod']);

/** One look at everything that is judged. The worst counts. */
export async function lookAtHealth(parts: HealthParts, signal: AbortSignal): Promise<Health> {
  const { kubernetes, rules, watched } = parts;
  const refs = judgedRefs(parts);
  const own = kindRules(rules.expressions);
  const objects = await Promise.all(refs.map((ref) => kubernetes.get(ref, { signal, watched }).catch(nullIfNotThere)));
  const found = objects.map((object, i): Health => {
    const ref = refs[i];
    if (object !== null) return healthOf(object, own(object));
    if (ref !== undefined && passingKinds.has(ref.kind)) return { state: 'healthy' };
    return { state: 'progressing', message: `${ref?.kind} ${ref?.name} is not there`, missing: true };
  });
  const spread = rules.spreadOverNodes.map(async (rule): Promise<Health> => {
    const isIt = (object: KubeObject | null): object is KubeObject =>
      object?.kind === 'Deployment' && object.metadata.name === rule.deployment;
    const deployment = objects.find(isIt);
    if (deployment !== undefined) return spreadHealth(kubernetes, rule, deployment, signal);
    // One that was deleted is missing already; one that never was is the release's fault.
    if (refs.some(({ kind, name }) => kind === 'Deployment' && name === rule.deployment)) return { state: 'healthy' };
    return failed(`spreadOverNodes names Deployment ${rule.deployment}, which is not part of it`);
  });
  return worstOf([...found, ...(await Promise.all(spread))]);
}

/** Those of its objects whose status counts. */
export function judgedRefs({ refs, rules }: Pick<HealthParts, 'refs' | 'rules'>): ObjectRef[] {
  return refs.filter((ref) => isJudged(ref, rules.expressions));
}

/** A look that may fail because the API server is away: unknown is not failure. */
export async function lookIfPossible(parts: HealthParts, signal: AbortSignal): Promise<Health> {
  try {
    return await lookAtHealth(parts, signal);
  } catch (error) {
    if (signal.aborted || isFault(error)) throw error;
    return { state: 'progressing', message: describeError(error) };
  }
}

/** Of the release, not of the API server: no time will mend it. */
function isFault(error: unknown): boolean {
  return error instanceof LandfallError && error.code === 'LF-RUNNER-170';
}

/** A kind that is gone takes its objects along. */
function nullIfNotThere(error: unknown): null {
  if (isNotThere(error)) return null;
  throw error;
}
