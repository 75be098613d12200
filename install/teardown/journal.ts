import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type Clock, LandfallError } from '../../contract/index.ts';
import { type Gone, type Kept, type TeardownStep, teardownSteps, type Thing } from './receipt.ts';

const thing = { kind: z.string(), id: z.string(), address: z.string().optional() };
const lineSchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('started'), at: z.string(), by: z.string(), install: z.string().optional() }),
  z.object({ entry: z.literal('deleted'), at: z.string(), step: z.enum(teardownSteps), ...thing }),
  z.object({ entry: z.literal('kept'), at: z.string(), why: z.string(), ...thing }),
  z.object({ entry: z.literal('note'), at: z.string(), text: z.string() }),
  /** What a stack held before it was destroyed: after a kill the next run sees what is missing. */
  z.object({ entry: z.literal('inventory'), at: z.string(), stack: z.string(), things: z.array(z.object(thing)) }),
  z.object({ entry: z.literal('finished'), at: z.string() }),
]);
type Line = z.infer<typeof lineSchema>;
type NewLine = Line extends infer L ? (L extends Line ? Omit<L, 'at'> : never) : never;

/**
 * What a teardown has done so far, one line each, on this machine: killed anywhere, the next run's receipt names what the first
 * deleted. What is still to be deleted is never taken from here, but looked up in the account.
 */
export type Journal = {
  deleted(step: TeardownStep, thing: Thing): Promise<void>;
  kept(thing: Thing, why: string): Promise<void>;
  note(text: string): Promise<void>;
  inventory(stack: string, things: readonly Thing[]): Promise<void>;
  /** The things of a stack as they were before anything of it was destroyed. */
  inventoryOf(stack: string): Thing[];
  finish(): Promise<void>;
  read(): { startedAt: string; by: string; deleted: Gone[]; kept: Kept[]; notes: string[] };
};

/** Goes on with the journal at `path`, or begins it. Refuses (LF-INSTALL-013) one that another install began. */
export async function openJournal(
  path: string,
  clock: Clock,
  { by, install }: { by: string; install: string },
): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = unfinished(text.split('\n').flatMap(parseLine));
  for (const line of lines) {
    if (line.entry !== 'started' || line.install === undefined || line.install === install) continue;
    const message = `${path} is the record of a teardown of install ${line.install}, not of ${install}`;
    throw new LandfallError('LF-INSTALL-013', message);
  }
  const append = async (line: NewLine): Promise<void> => {
    const whole = lineSchema.parse({ ...line, at: clock.now().toISOString() });
    lines.push(whole);
    await appendFile(path, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
  };
  // A kill in the middle of a write leaves half a line: what follows must not be glued to it.
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n');
  if (lines.length === 0) await append({ entry: 'started', by, install });
  const has = (entry: 'deleted' | 'kept', { kind, id }: Thing): boolean =>
    lines.some((line) => line.entry === entry && line.kind === kind && line.id === id);
  return {
    deleted: async (step, each) => {
      if (!has('deleted', each)) await append({ entry: 'deleted', step, ...each });
    },
    kept: async (each, why) => {
      if (!has('kept', each)) await append({ entry: 'kept', why, ...each });
    },
    note: async (words) => {
      if (!lines.some((line) => line.entry === 'note' && line.text === words))
        await append({ entry: 'note', text: words });
    },
    inventory: async (stack, things) => {
      if (!lines.some((line) => line.entry === 'inventory' && line.stack === stack)) {
        await append({ entry: 'inventory', stack, things: [...things] });
      }
    },
    inventoryOf: (stack) =>
      lines.flatMap((line) => (line.entry === 'inventory' && line.stack === stack ? line.things : [])).map(plain),
    finish: () => append({ entry: 'finished' }),
    read: () => {
      const started = lines.find((line) => line.entry === 'started');
      return {
        startedAt: started?.at ?? clock.now().toISOString(),
        by: started?.by ?? by,
        deleted: lines.flatMap((line) =>
          line.entry === 'deleted' ? [{ ...plain(line), step: line.step, at: line.at }] : [],
        ),
        kept: lines.flatMap((line) => (line.entry === 'kept' ? [{ ...plain(line), why: line.why }] : [])),
        notes: lines.flatMap((line) => (line.entry === 'note' ? [line.text] : [])),
      };
    },
  };
}

/** What a teardown that did not come to its end has written down of the account. */
export async function unfinishedThings(path: string): Promise<Thing[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return unfinished(text.split('\n').flatMap(parseLine)).flatMap((line) => {
    if (line.entry === 'inventory') return line.things.map(plain);
    return line.entry === 'deleted' || line.entry === 'kept' ? [plain(line)] : [];
  });
}

function plain({ kind, id, address }: { kind: string; id: string; address?: string | undefined }): Thing {
  return { kind, id, ...(address === undefined ? {} : { address }) };
}

/** Lines of an earlier teardown that came to its end belong to its own receipt. */
function unfinished(lines: Line[]): Line[] {
  return lines.slice(lines.findLastIndex((line) => line.entry === 'finished') + 1);
}

function parseLine(text: string): Line[] {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
