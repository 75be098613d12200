import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAutoClock } from '../testing/auto-clock.ts';
import { asDiskFull, awaitRoom } from './await-room.ts';

let workDir: string;
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'room-'));
});
afterEach(() => rmSync(workDir, { recursive: true, force: true }));
const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

describe('what a runner begins with', () => {
  it('waits for room on the disk, which charts that can be fetched again make; a state that could not be written stays', async () => {
    const chart = join(workDir, 'charts', 'a.tgz');
    const state = join(workDir, 'terraform', 'bucket', 'errored', '1.tfstate');
    for (const file of [chart, state]) {
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, 'x');
    }
    const told: string[] = [];
    const room = {
      workDir,
      clock: createAutoClock(),
      stop: new AbortController().signal,
      onWaiting: told.push.bind(told),
    };
    const opened = await awaitRoom(room, async () => {
      if (existsSync(chart)) throw full;
      return 'open';
    });
    expect(opened).toBe('open');
    expect(told[0]).toMatch(/^LF-RUNNER-020: there is no room in .*ENOSPC/);
    expect(existsSync(state)).toBe(true);
  });

  it('fails as ever for anything else, and ends its wait when it is to stop', async () => {
    const stop = new AbortController();
    const room = {
      workDir,
      clock: createAutoClock(),
      stop: stop.signal,
      onWaiting: () => stop.abort(new Error('stop')),
    };
    await expect(awaitRoom(room, () => Promise.reject(new Error('other')))).rejects.toThrow('other');
    await expect(awaitRoom(room, () => Promise.reject(full))).rejects.toThrow('stop');
  });

  it('has an error of ours for whoever tries again what is temporary', () => {
    expect(asDiskFull(full)).toMatchObject({ code: 'LF-RUNNER-020', temporary: true });
    const other = new Error('x');
    expect(asDiskFull(other)).toBe(other);
  });
});
