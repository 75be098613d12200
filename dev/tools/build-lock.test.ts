import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { startTimeOf } from '../process-identity.ts';
import { withBuildLock } from './build-lock.ts';

describe('withBuildLock', () => {
  let dir: string;
  let path: string;
  const clock = { ...systemClock, sleep: (_ms: number) => systemClock.sleep(1) };
  const lock = { clock, onWait: () => undefined };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-lock-'));
    path = join(dir, '.lock');
  });
  afterEach(async () => rm(dir, { recursive: true }));

  it('lets one after the other in', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await systemClock.sleep(2);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withBuildLock(path, lock, work)));
    expect(most).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is free again after the work failed', async () => {
    await expect(withBuildLock(path, lock, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect(await withBuildLock(path, lock, async () => 'done')).toBe('done');
  });

  it('takes over the lock of a process that is gone', async () => {
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1' }));
    expect(await withBuildLock(path, lock, async () => 'done')).toBe('done');
  });

  it('takes over a lock whose pid now belongs to another process', async () => {
    await writeFile(path, JSON.stringify({ pid: process.pid, startTime: '1' }));
    expect(await withBuildLock(path, lock, async () => 'done')).toBe('done');
  });

  it('waits for a living process and says for which', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    await writeFile(path, JSON.stringify({ pid: other.pid, startTime: startTimeOf(other.pid ?? 0) }));
    const waited: number[] = [];
    const waiting = withBuildLock(
      path,
      { clock, onWait: (pid) => void (waited.push(pid), other.kill('SIGKILL')) },
      async () => 'done',
    );
    expect(await waiting).toBe('done');
    expect(waited).toEqual([other.pid]);
  });
});
