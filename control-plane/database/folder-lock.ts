import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';

const ownerSchema = z.object({ pid: z.number().int(), started: z.string(), token: z.string() });

/**
 * Keeps a second process out of an embedded database's folder: two would corrupt it. The file names its owner by pid and start time
 * (a pid alone is given out again), so what a killed process left behind is taken over.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'landfall.lock');
  const mine = { pid: process.pid, started: startOf(process.pid) ?? '', token: randomUUID() };
  const draft = `${file}.${mine.token}`;
  // Written whole under another name and linked: nobody ever reads half a lock.
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(draft, file)) return { release: () => releaseIfMine(file, mine.token) };
      const owner = ownerOf(file);
      if (owner !== null && startOf(owner.pid) === owner.started) throw inUse(folder, owner.pid);
      rmSync(file, { force: true });
    }
  } finally {
    unlinkSync(draft);
  }
  throw inUse(folder, null);
}

function inUse(folder: string, pid: number | null): LandfallError {
  const who = pid === null ? 'another process' : `process ${pid}`;
  return new LandfallError('LF-CONTROL-PLANE-012', `the database folder ${folder} is in use by ${who}`);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(file: string): z.infer<typeof ownerSchema> | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function releaseIfMine(file: string, token: string): void {
  if (ownerOf(file)?.token === token) rmSync(file, { force: true });
}

/** When a process began, in clock ticks since boot (proc(5), stat field 22); elsewhere only whether it lives. Undefined: it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return process.platform === 'linux' ? undefined : aliveElsewhere(pid);
  }
}

function aliveElsewhere(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch {
    return undefined;
  }
}
