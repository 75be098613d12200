import * as z from 'zod';
import type { Store } from '../ports.ts';

const entrySchema = z.object({
  id: z.string(),
  kind: z.string(),
  target: z.string(),
  intent: z.string(),
  at: z.string(),
  epoch: z.number(),
  /** Which runner it was, as its lease has it, and on which machine. */
  by: z.object({ identity: z.string(), host: z.string() }).optional(),
  /** `started` in an old epoch: the runner died in it. */
  state: z.enum(['started', 'done', 'failed', 'interrupted']),
  outcome: z.string().default(''),
  children: z.array(z.object({ pid: z.number(), startTime: z.string() })).default([]),
});
const journalSchema = z.object({ entries: z.array(entrySchema) });

export type JournalEntry = z.infer<typeof entrySchema>;
export type Journal = {
  entries(): readonly JournalEntry[];
  /** Adds or replaces by id, and is durable when it returns. */
  write: (entry: JournalEntry) => Promise<void>;
  /** As write, but durable only with whatever is written next: for what needs not be found again after a death. */
  note: (entry: JournalEntry) => Promise<void>;
};

const ringLength = 64;
/** Of those that ended well, which nobody comes back to; the whole ring is written each time. */
const mostDone = 16;
/** So many wait for a write of somebody else's. */
const mostNoted = 32;

/** The last ones, and whatever is under way: a long apply must be found again however much others have done beside it. */
function bounded(entries: readonly JournalEntry[]): JournalEntry[] {
  const done = new Set(entries.filter(({ state }) => state === 'done').slice(-mostDone));
  const kept = entries.filter(
    (entry, i) => !isOver(entry, entries.slice(i + 1)) && (entry.state !== 'done' || done.has(entry)),
  );
  const recent = kept.length - ringLength;
  return kept.filter((entry, i) => i >= recent || entry.state === 'started');
}

/** Interrupted once, and done since. */
function isOver({ state, kind, target }: JournalEntry, since: readonly JournalEntry[]): boolean {
  return (
    state === 'interrupted' &&
    since.some((later) => later.state === 'done' && later.kind === kind && later.target === target)
  );
}
const documentName = 'journal';

/**
 * A bounded ring of what was begun and how it ended. One writer, the lease's owner: entries are kept in memory and written whole. What comes while
 * a write is under way goes together with the next one: many effects at a time cost few writes, and each is durable all the same before it goes on.
 */
export async function openJournal(store: Store): Promise<Journal> {
  const found = await store.get(documentName, journalSchema);
  let entries = found?.value.entries ?? [];
  // Written at once: it now carries this owner's epoch, and whatever an earlier owner still writes is refused.
  let revision: string | null = await store.put(documentName, { entries: [...entries] }, found?.revision ?? null);
  const save = async (batch: readonly JournalEntry[]): Promise<void> => {
    const ids = new Set(batch.map(({ id }) => id));
    const next = bounded([...entries.filter((item) => !ids.has(item.id)), ...batch]);
    try {
      revision = await store.put(documentName, { entries: next }, revision);
    } catch (error) {
      // A put whose answer was lost: take the revision from the cluster, where only this owner writes (the fence sees to it).
      revision = (await store.get(documentName, journalSchema))?.revision ?? null;
      throw error;
    }
    entries = next;
  };
  let waiting = new Map<string, JournalEntry>();
  let nextSave: Promise<void> | null = null;
  let underWay: Promise<unknown> = Promise.resolve();
  const add = (entry: JournalEntry): void => {
    waiting.delete(entry.id);
    waiting.set(entry.id, { ...entry });
  };
  const write = (entry: JournalEntry): Promise<void> => {
    add(entry);
    nextSave ??= underWay.then(() => {
      const batch = [...waiting.values()];
      waiting = new Map();
      nextSave = null;
      const saved = save(batch);
      underWay = saved.catch(() => undefined);
      return saved;
    });
    return nextSave;
  };
  return {
    entries: () => entries,
    write,
    note: async (entry) => {
      if (waiting.size >= mostNoted) await write(entry);
      else add(entry);
    },
  };
}
