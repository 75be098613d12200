import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `f_type` of tmpfs in statfs(2). */
const tmpfs = 0x01021994;
const filler = Buffer.alloc(4 * 1024 * 1024, 1);

export type Scratch = {
  dir: string;
  /** Whether its files lie in memory: a disk would be measured instead of the copy. */
  inMemory: boolean;
  /** A new empty folder in it. */
  folder: (name: string) => Promise<string>;
  /**
   * Takes so many bytes of memory and gives them back. A virtual machine hands free pages back to its host after a while, and whoever
   * needs them next waits for the host: the run after a pause would pay for it, and no tool has earned that.
   */
  warm: (bytes: number) => Promise<void>;
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
    warm: async (bytes) => {
      const path = join(dir, 'warm');
      const file = await open(path, 'w');
      for (let at = 0; at < bytes; at += filler.byteLength) await file.write(filler);
      await file.close();
      await rm(path);
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

async function isTmpfs(path: string): Promise<boolean> {
  return statfs(path).then(
    ({ type }) => type === tmpfs,
    () => false,
  );
}
