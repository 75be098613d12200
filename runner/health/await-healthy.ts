import type { Clock } from '../../contract/index.ts';
import { type HealthParts, lookIfPossible, workloadKinds } from './component-health.ts';
import type { Health } from './object-health.ts';

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

/** Looks again whenever something of the component changes (watches, no polling), until it is healthy, has failed, or its time is over. */
export async function awaitHealthy(wait: HealthWait): Promise<HealthOutcome> {
  if ((await lookIfPossible(wait, wait.stop)).state === 'healthy') return { outcome: 'healthy' };
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, wait.stop]);
  const wake = createWake();
  let late = false;
  const timeoutMs = wait.rules.timeoutSeconds * 1000;
  void wait.clock.sleep(timeoutMs, ended).then(
    () => {
      late = true;
      wake.ring();
    },
    () => undefined,
  );
  const onSuperseded = (): void => wake.ring();
  wait.superseded.addEventListener('abort', onSuperseded);
  ended.addEventListener('abort', onSuperseded);
  const watching = watchTargets(wait).map(async (target) => {
    for await (const _ of wait.kubernetes.observe(target, ended)) wake.ring();
  });
  try {
    for (;;) {
      const rung = wake.next();
      const health: Health = await lookIfPossible(wait, ended);
      wait.stop.throwIfAborted();
      if (health.state === 'healthy') return { outcome: 'healthy' };
      if (health.state === 'failed') return { outcome: 'failed', message: health.message };
      if (health.missing === true) return { outcome: 'missing', message: health.message };
      if (wait.superseded.aborted) return { outcome: 'superseded' };
      if (late) {
        return { outcome: 'failed', message: `not healthy after ${wait.rules.timeoutSeconds} s: ${health.message}` };
      }
      wait.onProgress(health.message);
      await rung;
    }
  } finally {
    over.abort();
    wait.superseded.removeEventListener('abort', onSuperseded);
    await Promise.allSettled(watching);
  }
}

function watchTargets(wait: HealthWait): { apiVersion: string; kind: string; namespace: string | undefined }[] {
  const pods = wait.rules.spreadOverNodes.map((rule) => {
    const deployment = wait.refs.find((ref) => ref.kind === 'Deployment' && ref.name === rule.deployment);
    return { apiVersion: 'v1', kind: 'Pod', namespace: deployment?.namespace };
  });
  const workloads = wait.refs.filter((ref) => workloadKinds.has(ref.kind));
  const all = [...workloads, ...pods].map(({ apiVersion, kind, namespace }) => ({ apiVersion, kind, namespace }));
  return [...new Map(all.map((target) => [JSON.stringify(target), target])).values()];
}

/** A bell: what rings between two waits is not lost. */
function createWake(): { ring(): void; next(): Promise<void> } {
  let resolve: () => void = () => undefined;
  return {
    ring: () => resolve(),
    next: () =>
      new Promise((done) => {
        resolve = done;
      }),
  };
}
