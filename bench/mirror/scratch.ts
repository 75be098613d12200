import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `f_type` of tmpfs in statfs(2). */
const tmpfs = 0x01021994;

export type Scratch = {
  dir: string;
  /** Whether its files lie in memory: a disk would be measured instead of the copy. */
  inMemory: boolean;
  /** A new empty folder in it. */
  folder: (name: string) => Promise<string>;
  remove: () => Promise<void>;
};

/** A folder of this run: in /dev/shm where there is one, else in the temporary folder. */
export async function openScratch(): Promise<Scratch> {
  const inMemory = await isTmpfs('/dev/shm');
  const dir = await mkdtemp(join(inMemory ? '/dev/shm' : tmpdir(), 'lf-bench-mirror-'));
  return {
    dir,
    inMemory: inMemory || (await isTmpfs(dir)),
    folder: (name) => mkdtemp(join(dir, `${name}-`)),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

async function isTmpfs(path: string): Promise<boolean> {
  return statfs(path).then(
    ({ type }) => type === tmpfs,
    () => false,
  );
}
