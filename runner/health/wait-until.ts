import type { Clock } from '../../contract/index.ts';
import type { Kubernetes, ListOptions, Watched } from '../kubernetes/index.ts';
import { briefSignal } from '../shared-signal.ts';

export type Wait = {
  kubernetes: Kubernetes;
  clock: Clock;
  /** A change of any of these is a reason to look again. */
  targets: readonly (ListOptions & Watched)[];
  timeoutMs: number;
  stop: AbortSignal;
  /** A newer state is there: stop waiting, without a verdict. */
  superseded?: AbortSignal | undefined;
};

/**
 * Looks again whenever something watched changes (no polling), until `look` returns something. It is looked once more after the time is over, and
 * `late` returned only then; throws when stopped.
 */
export async function waitUntil<T>(
  wait: Wait,
  look: (signal: AbortSignal) => Promise<T | null>,
): Promise<{ met: T } | 'late' | 'superseded'> {
  const first = await look(wait.stop);
  if (first !== null) return { met: first };
  const over = new AbortController();
  const brief = briefSignal(over.signal, wait.stop);
  const ended = brief.signal;
  const wake = createWake();
  let late = false;
  void wait.clock.sleep(wait.timeoutMs, ended).then(
    () => {
      late = true;
      wake.ring();
    },
    () => undefined,
  );
  const ring = (): void => wake.ring();
  wait.superseded?.addEventListener('abort', ring);
  ended.addEventListener('abort', ring);
  const watching = wait.targets.map(async (target) => {
    for await (const _ of wait.kubernetes.observe(target, ended)) wake.ring();
  });
  try {
    for (;;) {
      const rung = wake.next();
      const isLate = late;
      const found = await look(ended);
      wait.stop.throwIfAborted();
      if (found !== null) return { met: found };
      if (wait.superseded?.aborted === true) return 'superseded';
      if (isLate) return 'late';
      await rung;
    }
  } finally {
    over.abort();
    brief.release();
    wait.superseded?.removeEventListener('abort', ring);
    await Promise.allSettled(watching);
  }
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
