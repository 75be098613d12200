import type { Journal, JournalEntry } from './journal.ts';

/**
 * Once, after taking the lease: children of a runner that died are ended, if they are still the same processes, and what it had begun is
 * marked. Returns what was interrupted, now or earlier, and not done since; nothing is undone because of it, the next pass reads the world and
 * goes forward.
 */
export async function endOrphans(
  journal: Journal,
  endStaleProcess: (child: { pid: number; startTime: string | undefined }) => Promise<boolean>,
): Promise<JournalEntry[]> {
  const interrupted = journal.entries().filter((entry) => entry.state === 'started');
  for (const entry of interrupted) {
    for (const child of entry.children) {
      await endStaleProcess({ pid: child.pid, startTime: child.startTime === '' ? undefined : child.startTime });
    }
    await journal.write({ ...entry, state: 'interrupted', outcome: 'the runner ended while this was under way' });
  }
  const entries = journal.entries();
  return entries.filter((entry, i) => {
    const doneSince = entries.slice(i + 1).some((later) => sameEffect(later, entry) && later.state === 'done');
    return entry.state === 'interrupted' && !doneSince;
  });
}

function sameEffect(a: JournalEntry, b: JournalEntry): boolean {
  return a.kind === b.kind && a.target === b.target;
}
