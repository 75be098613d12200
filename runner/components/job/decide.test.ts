import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideJob, type JobMemory } from './decide.ts';
import type { SeenJob } from './observe.ts';

type Job = Pick<SeenJob, 'name' | 'run' | 'state' | 'message'>;
const runs = ['r1', 'r2'];
const jobs: fc.Arbitrary<Job[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    run: fc.constantFrom(...runs),
    state: fc.constantFrom<Job['state']>('running', 'succeeded', 'failed', 'going'),
    message: fc.constant('m'),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);
const memory: fc.Arbitrary<JobMemory> = fc.record({
  succeeded: fc.subarray(runs),
  fingerprint: fc.constantFrom(null, ...runs),
  applying: fc.constantFrom(null, ...runs),
});
const situation = fc.record({
  desired: fc.constant({ run: 'r1', name: 'a' }),
  jobs,
  memory,
  direction: fc.constantFrom('forward' as const, 'back' as const, 'keep' as const),
});
type Given = typeof situation extends fc.Arbitrary<infer T> ? T : never;
const always = (property: (given: Given) => void): void =>
  fc.assert(fc.property(situation, property), { numRuns: 1000 });

describe('what is decided of a job', () => {
  it('never creates one for a run that has succeeded, as memory or the cluster says', () => {
    always(({ desired, jobs, memory, direction }) => {
      if (decideJob(desired, jobs, memory, direction).kind !== 'create') return;
      expect(memory.succeeded).not.toContain(desired.run);
      expect(jobs.some((job) => job.run === desired.run && job.state === 'succeeded')).toBe(false);
    });
  });

  it('never creates one beside another, nor a second of the same name', () => {
    always(({ desired, jobs, memory, direction }) => {
      if (decideJob(desired, jobs, memory, direction).kind !== 'create') return;
      expect(jobs.some(({ state }) => state === 'running' || state === 'going')).toBe(false);
      expect(jobs.some(({ name, run }) => name === desired.name && run === desired.run)).toBe(false);
    });
  });

  it('does nothing at all on the way back', () => {
    always(({ desired, jobs, memory, direction }) => {
      if (direction === 'forward') return;
      expect(['none', 'stay']).toContain(decideJob(desired, jobs, memory, direction).kind);
    });
  });

  it('says that it has moved whenever another run was begun or done since', () => {
    always(({ desired, jobs, memory }) => {
      const moved = memory.fingerprint !== desired.run || memory.applying !== null;
      expect(decideJob(desired, jobs, memory, 'keep').kind).toBe(moved ? 'stay' : 'none');
    });
  });
});
