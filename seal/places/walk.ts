import type { AccountFacts } from '../analyse/index.ts';
import type { GlobalClients, RegionClients } from '../clients.ts';
import type { Findings } from './findings.ts';

/** What a walker of one place is given. */
export type Walk = {
  facts: AccountFacts;
  findings: Findings;
  signal: AbortSignal;
};
export type GlobalWalk = Walk & { clients: GlobalClients; regions: readonly string[]; partition: string };
export type RegionWalk = Walk & { clients: RegionClients; region: string; partition: string };

/** At once, per place and region. AWS throttles reads of this kind at some tens a second. */
const atOnce = 6;

/** Does `work` for each, a few at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

/** All pages of a list. `read` gives the items of one and the token of the next. */
export async function allPages<T>(
  read: (token: string | undefined) => Promise<{ items: readonly T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    all.push(...(page.items ?? []));
    token = page.next === '' ? undefined : page.next;
  } while (token !== undefined);
  return all;
}

/** Reads something; a refusal or failure is said as not visible, and `undefined` returned. Only the end of the census is thrown on. */
export async function see<T>(walk: Walk, what: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    walk.signal.throwIfAborted();
    walk.findings.notVisible(`${what}: ${nameOf(error)}`);
    return undefined;
  }
}

/** The same, with the errors that say that there is nothing: they are `null`. */
export async function seeIfAny<T>(
  walk: Walk,
  what: string,
  none: readonly string[],
  read: () => Promise<T>,
): Promise<T | null | undefined> {
  return see(walk, what, async () => {
    try {
      return await read();
    } catch (error) {
      if (none.includes(nameOf(error))) return null;
      throw error;
    }
  });
}

/** The error's name only: its message can hold names of the account that no reader needs. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const code: unknown = 'code' in error ? error.code : undefined;
  return (error.name === 'Error' && typeof code === 'string' ? code : error.name).slice(0, 80);
}
