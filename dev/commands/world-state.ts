import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type DevConfig, readDevConfig } from '../config.ts';
import { isAlive } from '../process-identity.ts';

const worldStateSchema = z.object({
  owner: z.object({ pid: z.number(), startTime: z.string() }),
  dir: z.string(),
  /** For a person: name -> URL or path. */
  places: z.record(z.string(), z.string()),
  /** For a shell. */
  environment: z.record(z.string(), z.string()),
});

/** What `npm run dev -- up` left for `status` and `down`. */
export type WorldState = z.infer<typeof worldStateSchema>;

const statePath = (config: DevConfig): string => join(config.cacheDir, 'world.json');
export const worldLogPath = (config: DevConfig): string => join(config.cacheDir, 'world.log');

/** The world that is up; undefined when there is none, or its owner is gone. */
export async function readWorldState(config = readDevConfig()): Promise<WorldState | undefined> {
  try {
    const state = worldStateSchema.parse(JSON.parse(await readFile(statePath(config), 'utf8')));
    return isAlive(state.owner) ? state : undefined;
  } catch {
    return undefined;
  }
}

export async function writeWorldState(state: WorldState, config = readDevConfig()): Promise<void> {
  const path = statePath(config);
  await mkdir(dirname(path), { recursive: true });
  // Holds people's keys of the stand-in.
  await writeFile(`${path}.${process.pid}`, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}

export async function removeWorldState(config = readDevConfig()): Promise<void> {
  await rm(statePath(config), { force: true });
}

export function printWorldState(state: WorldState): void {
  for (const [name, place] of Object.entries(state.places)) console.log(`${name.padEnd(18)} ${place}`);
  console.log('\n# the environment to use:');
  for (const [name, value] of Object.entries(state.environment)) console.log(`export ${name}='${value}'`);
}
