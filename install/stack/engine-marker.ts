import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../contract/index.ts';
import { endStaleProcess, type ProcessIdentity } from '../../engines/index.ts';

const markerSchema = z.object({ pid: z.number().int(), startTime: z.string().optional(), at: z.iso.datetime() });

const fileName = 'landfall.engine.json';

/** Writes down which engine runs in the folder, so that a later run knows what a killed one left behind. */
export async function rememberEngine(dir: string, identity: ProcessIdentity, clock: Clock): Promise<void> {
  await writeFile(join(dir, fileName), JSON.stringify({ ...identity, at: clock.now().toISOString() }), { mode: 0o600 });
}

/** Ends the engine of an earlier run, if it still lives, and says since when a lock may be its own. */
export async function endEarlierEngine(dir: string): Promise<{ startedAt: Date } | undefined> {
  const text = await readFile(join(dir, fileName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const marker = markerSchema.safeParse(parsed(text)).data;
  if (marker === undefined) return undefined;
  await endStaleProcess({ pid: marker.pid, startTime: marker.startTime });
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
