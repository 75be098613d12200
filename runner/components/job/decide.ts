import type { Direction } from '../direction.ts';
import { isBusy, type SeenJob } from './observe.ts';

export type JobAction =
  | { kind: 'none' }
  /** It has moved forward and does not go back. */
  | { kind: 'stay'; why: string }
  | { kind: 'create'; why: string }
  /** Jobs that must end (or be gone) first: this run's own, or one of another run, which is never run beside. */
  | { kind: 'await'; names: readonly string[]; why: string }
  /** The run has succeeded: that is to be remembered. `job`: the one that did, when it is still there. */
  | { kind: 'remember'; job: string | null }
  | { kind: 'fail'; job: string; message: string };

/** `succeeded`: runs that are done for good. `fingerprint`: the run that counts as applied. `applying`: the run that was begun last. */
export type JobMemory = { succeeded: readonly string[]; fingerprint: string | null; applying: string | null };

/** One step at a time; the cluster is observed again after each. */
export function decideJob(
  desired: { run: string; name: string },
  jobs: readonly Pick<SeenJob, 'name' | 'run' | 'state' | 'message'>[],
  memory: JobMemory,
  direction: Direction,
): JobAction {
  if (memory.fingerprint === desired.run && memory.applying === null) return { kind: 'none' };
  if (direction !== 'forward') {
    return { kind: 'stay', why: 'it has run for a release that was taken back, and does not go back itself' };
  }
  if (memory.succeeded.includes(desired.run)) return { kind: 'remember', job: null };
  const done = jobs.find((job) => job.run === desired.run && job.state === 'succeeded');
  if (done !== undefined) return { kind: 'remember', job: done.name };
  const busy = jobs.filter(isBusy).map(({ name }) => name);
  if (busy.length > 0) {
    const own = busy.every((name) => name === desired.name);
    return { kind: 'await', names: busy, why: own ? 'it runs' : 'an earlier run has not ended yet' };
  }
  const own = jobs.find((job) => job.name === desired.name && job.state === 'failed');
  if (own !== undefined) return { kind: 'fail', job: own.name, message: own.message };
  return { kind: 'create', why: memory.fingerprint === null ? 'it has not run yet' : 'it has not run for this yet' };
}
