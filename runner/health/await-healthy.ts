import type { Clock } from '../../contract/index.ts';
import type { ListOptions, Watched } from '../kubernetes/index.ts';
import { type HealthParts, judgedRefs, lookIfPossible } from './component-health.ts';
import { waitUntil } from './wait-until.ts';

export type HealthOutcome =
  | { outcome: 'healthy' }
  | { outcome: 'failed'; message: string }
  /** Somebody deleted what was applied: it has to be put back before waiting makes sense again. */
  | { outcome: 'missing'; message: string }
  | { outcome: 'superseded' };

export type HealthWait = HealthParts & {
  clock: Clock;
  /** A newer state is there: stop waiting, without a verdict. */
  superseded: AbortSignal;
  stop: AbortSignal;
  onProgress: (message: string) => void;
};

/** Looks again whenever something of the component changes, until it is healthy, has failed, or its time is over. */
export async function awaitHealthy(wait: HealthWait): Promise<HealthOutcome> {
  let last = '';
  let looked = false;
  const look = async (signal: AbortSignal): Promise<HealthOutcome | null> => {
    const health = await lookIfPossible(wait, signal);
    const first = !looked;
    looked = true;
    if (health.state === 'healthy') return { outcome: 'healthy' };
    // Before anything is watched, only good news counts.
    if (first) return null;
    if (health.state === 'failed') return { outcome: 'failed', message: health.message };
    if (health.state === 'progressing' && health.missing === true)
      return { outcome: 'missing', message: health.message };
    last = health.message;
    if (!wait.superseded.aborted) wait.onProgress(health.message);
    return null;
  };
  const timeoutMs = wait.rules.timeoutSeconds * 1000;
  const ended = await waitUntil({ ...wait, targets: watchTargets(wait), timeoutMs }, look);
  if (ended === 'superseded') return { outcome: 'superseded' };
  if (ended !== 'late') return ended.met;
  return { outcome: 'failed', message: `not healthy after ${wait.rules.timeoutSeconds} s: ${last}` };
}

function watchTargets(wait: HealthWait): (ListOptions & Watched)[] {
  const pods = wait.rules.spreadOverNodes.map((rule) => {
    const deployment = wait.refs.find((ref) => ref.kind === 'Deployment' && ref.name === rule.deployment);
    return { apiVersion: 'v1', kind: 'Pod', namespace: deployment?.namespace };
  });
  const workloads = judgedRefs(wait);
  const { watched } = wait;
  const shared = watched === undefined ? {} : { labelSelector: watched, watched };
  const own = workloads.map(({ apiVersion, kind, namespace }) => ({ apiVersion, kind, namespace, ...shared }));
  const all: (ListOptions & Watched)[] = [...own, ...pods];
  return [...new Map(all.map((target) => [JSON.stringify(target), target])).values()];
}
