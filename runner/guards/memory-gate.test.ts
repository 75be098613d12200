import { describe, expect, it } from 'vitest';
import type { ProcessRequest, ProcessResult } from '../../engines/index.ts';
import { createAutoClock } from '../testing/auto-clock.ts';
import type { Memory } from './decide-memory.ts';
import { createMemoryGate } from './memory-gate.ts';

const mebi = 1024 ** 2;
const request: ProcessRequest = { command: 'x', args: [], env: {}, deadlineMs: 1 };
const result: ProcessResult = { exitCode: 0, stdout: '', tail: [], durationMs: 0 };

/** Engines that run until they are told to end; `used`: what the container uses, in MiB. */
function machine(limit: number, used: number) {
  const state = { memory: { limitBytes: limit * mebi, usedBytes: used * mebi } as Memory | null };
  const clock = createAutoClock();
  const short: string[] = [];
  const ended: number[] = [];
  const running = new Map<number, (how: 'done' | 'killed') => void>();
  let pid = 0;
  const engine = async (call: ProcessRequest): Promise<ProcessResult> => {
    const mine = ++pid;
    const over = new Promise<'done' | 'killed'>((resolve) => running.set(mine, resolve));
    await call.onSpawn?.({ pid: mine, startTime: '1' });
    const how = await over;
    running.delete(mine);
    if (how === 'killed') throw new Error('ended by SIGKILL');
    return result;
  };
  const gate = createMemoryGate({
    read: async () => state.memory,
    clock,
    onShort: (message) => short.push(message),
    end: async (child) => {
      ended.push(child.pid);
      running.get(child.pid)?.('killed');
    },
  });
  return {
    state,
    clock,
    short,
    ended,
    running,
    helm: gate.through(engine, 'helm'),
    tofu: gate.through(engine, 'terraform'),
  };
}

describe('engines beside the runner', () => {
  it('run side by side while there is room for what they grow to', async () => {
    const { helm, tofu, running, short } = machine(2048, 200);
    const all = [tofu(request), helm(request), helm(request)];
    await expect.poll(() => running.size).toBe(3);
    for (const end of running.values()) end('done');
    expect(await Promise.all(all)).toEqual([result, result, result]);
    expect(short).toEqual([]);
  });

  it('run one at a time where there is not', async () => {
    const { tofu, running, short } = machine(1024, 200);
    const all = [tofu(request), tofu(request), tofu(request)];
    for (let nth = 1; nth <= 3; nth++) {
      await expect.poll(() => [...running.keys()]).toEqual([nth]);
      running.get(nth)?.('done');
    }
    expect(await Promise.all(all)).toHaveLength(3);
    expect(short[0]).toBe('terraform waits for memory: 200 of 1024 MiB are in use');
  });

  it('are not started where the kernel would end somebody, and the next pass tries again', async () => {
    const { helm, running, state } = machine(512, 480);
    await expect(helm(request)).rejects.toMatchObject({ code: 'LF-RUNNER-019', temporary: true });
    expect(running.size).toBe(0);
    state.memory = { limitBytes: 512 * mebi, usedBytes: 100 * mebi };
    const next = helm(request);
    await expect.poll(() => running.size).toBe(1);
    running.get(1)?.('done');
    expect(await next).toBe(result);
  });

  it('are not held up where nothing is limited', async () => {
    const { tofu, running, state } = machine(1, 1);
    state.memory = null;
    const all = Array.from({ length: 5 }, () => tofu(request));
    await expect.poll(() => running.size).toBe(5);
    for (const end of running.values()) end('done');
    await Promise.all(all);
  });

  it('are ended before the kernel chooses, the one with the least to lose first, and it is told why', async () => {
    const { helm, tofu, running, state, ended, clock } = machine(2048, 200);
    const apply = tofu(request);
    const upgrade = helm(request).catch((error: unknown) => error);
    await expect.poll(() => running.size).toBe(2);
    clock.hold();
    state.memory = { limitBytes: 2048 * mebi, usedBytes: 2000 * mebi };
    clock.go();
    expect(await upgrade).toMatchObject({ code: 'LF-RUNNER-019', temporary: true });
    state.memory = { limitBytes: 2048 * mebi, usedBytes: 500 * mebi };
    running.get(1)?.('done');
    expect(await apply).toBe(result);
    expect(ended).toEqual([2]);
  });

  it('that wait for room are let go when their caller gives up', async () => {
    const { tofu, running } = machine(1024, 200);
    const first = tofu(request);
    await expect.poll(() => running.size).toBe(1);
    const giveUp = new AbortController();
    const second = tofu({ ...request, signal: giveUp.signal });
    giveUp.abort();
    await expect.poll(() => running.size).toBe(2); // The engine itself then says that it was stopped.
    for (const end of running.values()) end('done');
    await Promise.all([first, second]);
  });
});
