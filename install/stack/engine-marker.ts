import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../contract/index.ts';
import { endStaleProcess, identify, type ProcessIdentity } from '../../engines/index.ts';

const markerSchema = z.object({
  pid: z.number().int(),
  startTime: z.string().optional(),
  at: z.iso.datetime(),
  outlives: z.boolean().default(false),
});

const fileName = 'landfall.engine.json';
const betweenLooksMs = 500;

/** Writes down which engine runs in the folder, so that a later run knows what a killed one left behind. */
export async function rememberEngine(
  dir: string,
  identity: ProcessIdentity,
  clock: Clock,
  outlives: boolean,
): Promise<void> {
  const marker = { ...identity, at: clock.now().toISOString(), outlives };
  await writeFile(join(dir, fileName), JSON.stringify(marker), { mode: 0o600 });
}

/**
 * Sees to the engine of an earlier run that still lives: an apply that outlived it is waited for (`onWait` is told its pid),
 * anything else is ended. Says since when a lock may be its own.
 */
export async function settleEarlierEngine(
  dir: string,
  clock: Clock,
  onWait: (pid: number) => void,
): Promise<{ startedAt: Date } | undefined> {
  const text = await readFile(join(dir, fileName), 'utf8').catch(() => undefined);
  const marker = text === undefined ? undefined : markerSchema.safeParse(parsed(text)).data;
  if (marker === undefined) return undefined;
  const { pid, startTime, outlives } = marker;
  const lives = async (): Promise<boolean> => startTime !== undefined && (await identify(pid)).startTime === startTime;
  if (!outlives) await endStaleProcess({ pid, startTime });
  else if (await lives()) {
    onWait(pid);
    while (await lives()) await clock.sleep(betweenLooksMs);
  }
  return { startedAt: new Date(marker.at) };
}

/** A kill in the middle of the write leaves half a file: as good as none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
