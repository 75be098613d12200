import { randomUUID } from 'node:crypto';
import { type Clock, describeError, LandfallError } from '../../contract/index.ts';
import type { EffectContext, Effects } from '../ports.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { sharedSignal } from '../shared-signal.ts';
import { type EffectKind, oneFencedWrite } from './kinds.ts';

/** For tests alone: end the own process at this point, as SIGKILL would. */
export type KillAt = { kind: EffectKind; when: 'before' | 'during' | 'after' };

export type EffectsOptions = {
  journal: Journal;
  clock: Clock;
  lease: { epoch: number; signal: AbortSignal; requireHeld?: () => void };
  /** This runner, for its successors. */
  by?: JournalEntry['by'];
  /** Ends with the runner; the lease's signal is added. */
  stop: AbortSignal;
  killAt?: KillAt | undefined;
  /** What `killAt` does. Default: SIGKILL of this process. Never returns. */
  kill?: () => Promise<never>;
};

const longestText = 500;

/** Journals intent, acts, journals the outcome. A write of the journal that fails stops the effect before it begins. */
export function createEffects(options: EffectsOptions): Effects {
  const { journal, clock, lease, killAt } = options;
  const kill = options.kill ?? killSelf;
  const signal = sharedSignal(options.stop, lease.signal);
  /** Those whose end will be written. */
  const underWay = new Set<string>();
  return {
    run: async (kind, about, fn) => {
      signal.throwIfAborted();
      const entry: JournalEntry = {
        id: randomUUID(),
        kind,
        target: about.target.slice(0, longestText),
        intent: about.intent.slice(0, longestText),
        at: clock.now().toISOString(),
        epoch: lease.epoch,
        ...(options.by === undefined ? {} : { by: options.by }),
        state: 'started',
        outcome: '',
        children: [],
      };
      const keep = (what: JournalEntry): Promise<void> =>
        oneFencedWrite.has(kind) ? journal.note(what) : journal.write(what);
      await keep(entry);
      if (!oneFencedWrite.has(kind)) underWay.add(entry.id);
      const due = (when: KillAt['when']): boolean => killAt?.kind === kind && killAt.when === when;
      const context: EffectContext = {
        signal,
        onSpawn: async ({ pid, startTime }) => {
          if (due('during')) await kill();
          entry.children = [...entry.children, { pid, startTime: startTime ?? '' }];
          await journal.write(entry);
        },
      };
      try {
        if (due('before')) await kill();
        signal.throwIfAborted();
        lease.requireHeld?.();
        const result = await fn(context);
        if (due('after') || due('during')) await kill(); // `during` of an effect without a child: its outcome is not journalled.
        underWay.delete(entry.id);
        // While others are under way, it goes with what they write: found as `started` by a successor it is looked at again, and nothing is done twice.
        await (underWay.size > 0 ? journal.note : keep)({ ...entry, state: 'done' });
        return result;
      } catch (error) {
        underWay.delete(entry.id);
        if (error instanceof LandfallError && error.code === 'LF-RUNNER-003') throw error;
        const outcome = describeError(error).slice(0, longestText);
        await keep({ ...entry, state: 'failed', outcome }).catch(() => undefined); // The first error is the one to tell.
        throw error;
      }
    },
  };
}

async function killSelf(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise<never>(() => undefined);
}
