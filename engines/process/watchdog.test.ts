import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { lives } from '../testing/lives.ts';
import { createGroupGuard, type GroupGuard } from './group-guard.ts';
import { createProcessRunner } from './process-runner.ts';

let guard: GroupGuard;
beforeEach(() => {
  guard = createGroupGuard();
});
afterEach(() => guard.stop());

/** A child with a grandchild under the guard; `lines`: what it says when it is asked to end. */
async function started(atInterrupt: string, graceMs = 60_000) {
  const runProcess = createProcessRunner({ clock: systemClock, guard });
  const lines: string[] = [];
  const giveUp = new AbortController();
  const over = runProcess({
    command: '/bin/sh',
    args: ['-c', `trap '${atInterrupt}' INT; sleep 60 & echo pids $$ $!; while :; do sleep 0.05; done`],
    env: { PATH: '/usr/bin:/bin' },
    deadlineMs: 60_000,
    graceMs,
    signal: giveUp.signal,
    onLine: ({ text }) => lines.push(text),
  }).catch((error: unknown) => error);
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThan(0);
  const pids = (lines[0] ?? '').split(' ').slice(1).map(Number);
  return { over, lines, pids, giveUp };
}

describe.skipIf(process.platform !== 'linux')('the watchdog of an owner that is not heard of', () => {
  it('asks what is watched to end, then kills it with all that it has started', async () => {
    guard.expect({ askMs: 300, killMs: 900 });
    const { over, lines, pids } = await started('echo asked');
    await over;
    expect(lines.slice(1)).toEqual(['asked']);
    await expect.poll(() => pids.filter(lives)).toEqual([]);
  });

  it('does nothing while it is told again in time', async () => {
    const { over, lines, pids, giveUp } = await started('exit 0');
    for (let i = 0; i < 8; i++) {
      guard.expect({ askMs: 400, killMs: 400 });
      await systemClock.sleep(100);
    }
    expect([lines.length, pids.every(lives)]).toEqual([1, true]);
    giveUp.abort();
    await over;
  });

  it('kills at once what begins after the time was over', async () => {
    guard.expect({ askMs: 1, killMs: 1 });
    const runProcess = createProcessRunner({ clock: systemClock, guard });
    const call = { command: '/bin/sleep', args: ['60'], env: {}, deadlineMs: 30_000 };
    // When the first has ended, the time was over for certain.
    for (const _ of ['while it passes', 'after it'])
      await expect(runProcess(call)).rejects.toMatchObject({ code: 'LF-ENGINES-004' });
  });

  it('asks nothing a second time that its owner has asked to end already', async () => {
    const { over, lines, giveUp } = await started('echo asked', 1_500);
    giveUp.abort();
    await expect.poll(() => lines.length).toBe(2);
    guard.expect({ askMs: 1, killMs: 60_000 });
    await over;
    expect(lines.slice(1)).toEqual(['asked']);
  });
});

it.skipIf(process.platform !== 'linux')('a child is what the kernel ends first when memory runs out', async () => {
  const runProcess = createProcessRunner({ clock: systemClock, guard });
  const giveUp = new AbortController();
  const pids: number[] = [];
  const over = runProcess({
    command: '/bin/sleep',
    args: ['60'],
    env: {},
    deadlineMs: 30_000,
    signal: giveUp.signal,
    onSpawn: ({ pid }) => void pids.push(pid),
  });
  const adjusted = async (): Promise<string> => (await readFile(`/proc/${pids[0]}/oom_score_adj`, 'utf8')).trim();
  await expect.poll(adjusted).toBe('1000');
  giveUp.abort();
  await expect(over).rejects.toMatchObject({ code: 'LF-ENGINES-003' });
});
