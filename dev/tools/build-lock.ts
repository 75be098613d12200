import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../contract/index.ts';
import { isAlive, startTimeOf } from '../process-identity.ts';

const ownerSchema = z.object({ pid: z.number(), startTime: z.string() });

/** Runs `work` while no other process holds the lock file; a lock whose owner is gone is taken over. */
export async function withBuildLock<T>(
  path: string,
  options: { clock: Clock; onWait: (pid: number) => void },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await tryLock(path))) {
    const owner = await readOwner(path);
    if (owner === undefined || !isAlive(owner)) {
      await bury(path);
      continue;
    }
    if (!told) options.onWait(owner.pid);
    told = true;
    await options.clock.sleep(300);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes a stale lock. Only one of several waiters wins the rename; who caught a fresh lock by it puts that back. */
async function bury(path: string): Promise<void> {
  const grave = `${path}.${randomBytes(4).toString('hex')}`;
  await rename(path, grave).catch(() => undefined);
  const owner = await readOwner(grave);
  if (owner !== undefined && isAlive(owner)) await link(grave, path).catch(() => undefined);
  await rm(grave, { force: true });
}

/** A hard link appears with its whole content, or not at all: nobody ever reads half a lock. */
async function tryLock(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }));
  try {
    await link(mine, path);
    return true;
  } catch {
    return false;
  } finally {
    await rm(mine, { force: true });
  }
}

async function readOwner(path: string): Promise<z.infer<typeof ownerSchema> | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
