import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Clock, LandfallError } from '../../contract/index.ts';
import { endStaleProcess, identify, type ProcessIdentity } from '../../engines/index.ts';

const identitySchema = z.object({ pid: z.number().int(), startTime: z.string().optional() });
const markerSchema = identitySchema.extend({
  /** The command that started it. */
  owner: identitySchema.optional(),
  at: z.iso.datetime(),
  outlives: z.boolean().default(false),
});

const fileName = 'landfall.engine.json';
const betweenLooksMs = 500;

/** Writes down which engine runs in the folder, so that a later run knows what a killed one left behind. */
export async function rememberEngine(
  dir: string,
  identity: ProcessIdentity,
  since: Date,
  outlives: boolean,
): Promise<void> {
  const marker = { ...identity, owner: await identify(process.pid), at: since.toISOString(), outlives };
  await writeFile(join(dir, fileName), JSON.stringify(marker), { mode: 0o600 });
}

/** Nothing is left of it: what is locked later is somebody else's. */
export async function forgetEngine(dir: string): Promise<void> {
  await rm(join(dir, fileName), { force: true });
}

/**
 * Sees to the engine of an earlier run that still lives: an apply that outlived it is waited for (`onWait` is told its pid),
 * anything else is ended. Says since when a lock may be its own. Refuses (LF-INSTALL-030) while the command that started it lives.
 */
export async function settleEarlierEngine(
  dir: string,
  clock: Clock,
  onWait: (pid: number) => void,
): Promise<{ startedAt: Date } | undefined> {
  const text = await readFile(join(dir, fileName), 'utf8').catch(() => undefined);
  const marker = text === undefined ? undefined : markerSchema.safeParse(parsed(text)).data;
  if (marker === undefined) return undefined;
  const { pid, startTime, outlives, owner, at } = marker;
  const lives = (): Promise<boolean> => isAlive(marker);
  if (owner !== undefined && owner.pid !== process.pid && (await isAlive(owner))) {
    const message = `another install works in ${dir}: process ${owner.pid} of this machine, since ${at}`;
    throw new LandfallError('LF-INSTALL-030', message, { temporary: true });
  }
  if (!outlives) await endStaleProcess({ pid, startTime });
  else if (await lives()) {
    onWait(pid);
    while (await lives()) await clock.sleep(betweenLooksMs);
  }
  return { startedAt: new Date(marker.at) };
}

async function isAlive({ pid, startTime }: z.infer<typeof identitySchema>): Promise<boolean> {
  return startTime !== undefined && (await identify(pid)).startTime === startTime;
}

/** A kill in the middle of the write leaves half a file: as good as none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
