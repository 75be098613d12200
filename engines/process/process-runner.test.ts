import { describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createProcessRunner } from './process-runner.ts';
import type { ProcessLine, ProcessRequest } from './run-process.ts';
import { findSetpriv } from './setpriv.ts';
import { lives } from '../testing/lives.ts';

const runProcess = createProcessRunner({ clock: systemClock, setpriv: await findSetpriv() });
const script = (text: string, more: Partial<ProcessRequest> = {}): ProcessRequest => ({
  command: '/bin/sh',
  args: ['-c', text],
  env: { PATH: '/usr/bin:/bin' },
  deadlineMs: 15_000,
  ...more,
});
describe('running a child', () => {
  it('gives its exit code, lines and tail', async () => {
    const lines: ProcessLine[] = [];
    const result = await runProcess(
      script('echo one; echo two >&2; printf three; exit 7', { onLine: (line) => lines.push(line) }),
    );
    expect(result.exitCode).toBe(7);
    expect(lines).toContainEqual({ stream: 'stdout', text: 'three' });
    expect(lines).toContainEqual({ stream: 'stderr', text: 'two' });
    expect(result.tail).toHaveLength(3);
  });

  it('hands it nothing of our environment', async () => {
    const result = await runProcess(
      script('env', { captureStdoutBytes: 10_000, env: { PATH: '/usr/bin:/bin', A: 'b' } }),
    );
    const names = result.stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['', 'PATH', 'A', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''))).toEqual([]);
  });

  it('hides secrets in lines and tail', async () => {
    const lines: string[] = [];
    const text = 'echo "the password is hunter2hunter2 and AKIAABCDEFGHIJKLMNOP"';
    const result = await runProcess(
      script(text, { secrets: ['hunter2hunter2'], onLine: (line) => lines.push(line.text) }),
    );
    expect(lines).toEqual(['the password is *** and ***']);
    expect(result.tail).toEqual(lines);
  });

  it('reads EOF from its input, or what it is given', async () => {
    expect((await runProcess(script('cat', { captureStdoutBytes: 100 }))).stdout).toBe('');
    expect((await runProcess(script('cat', { captureStdoutBytes: 100, input: 'hello' }))).stdout).toBe('hello');
  });

  it('names pid and start time while the child lives', async () => {
    let seen: { pid: number; startTime: string | undefined } | undefined;
    const result = await runProcess(
      script('sleep 0.2; echo $$', { captureStdoutBytes: 100, onSpawn: (identity) => void (seen = identity) }),
    );
    expect(seen?.pid).toBe(Number(result.stdout));
    expect(seen?.startTime).toMatch(process.platform === 'linux' ? /^\d+$/ : /^$/);
  });
});

describe('ending a child', () => {
  it('at its deadline: asked first, so that it can put its things in order', async () => {
    const lines: string[] = [];
    const polite = script("trap 'echo bye; exit 0' INT; echo up; while :; do sleep 0.05; done", {
      deadlineMs: 300,
      onLine: (line) => lines.push(line.text),
    });
    await expect(runProcess(polite)).rejects.toMatchObject({ code: 'LF-ENGINES-002', temporary: true });
    expect(lines).toEqual(['up', 'bye']);
  });

  it('by force after the grace, with all that it has started', async () => {
    const pids: number[] = [];
    const stubborn = script("trap '' INT; sleep 60 & echo $! $$; wait", {
      deadlineMs: 300,
      graceMs: 200,
      onLine: (line) => pids.push(...line.text.split(' ').map(Number)),
    });
    await expect(runProcess(stubborn)).rejects.toMatchObject({ code: 'LF-ENGINES-002' });
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(lives)).toEqual([]);
  });

  it('when its caller gives up', async () => {
    const caller = new AbortController();
    const run = runProcess(script('exec sleep 60', { signal: caller.signal, onSpawn: () => caller.abort() }));
    await expect(run).rejects.toMatchObject({ code: 'LF-ENGINES-003' });
    await expect(runProcess(script('echo x', { signal: caller.signal }))).rejects.toMatchObject({
      code: 'LF-ENGINES-003',
    });
  });

  it('when it cannot be journalled', async () => {
    let pid = 0;
    const run = runProcess(
      script('exec sleep 60', {
        onSpawn: (identity) => {
          pid = identity.pid;
          throw new Error('disk full');
        },
      }),
    );
    await expect(run).rejects.toThrow('disk full');
    expect(lives(pid)).toBe(false);
  });

  it('when it writes more than is accepted', async () => {
    const run = runProcess(script('yes', { captureStdoutBytes: 100_000 }));
    await expect(run).rejects.toMatchObject({ code: 'LF-ENGINES-005' });
  });

  it('does not wait for a grandchild that holds its output open, and does not leave it behind', async () => {
    let grandchild = 0;
    const result = await runProcess(
      script('sleep 60 & echo $!', { onLine: (line) => void (grandchild = Number(line.text)) }),
    );
    expect(result.exitCode).toBe(0);
    await expect.poll(() => lives(grandchild)).toBe(false);
  });
});

describe('a child that', () => {
  it('cannot be started is told with its name', async () => {
    const missing = script('', { command: '/nowhere/helm', args: ['version'] });
    await expect(runProcess(missing)).rejects.toMatchObject({ code: 'LF-ENGINES-001' });
    const bare = createProcessRunner({ clock: systemClock });
    await expect(bare(missing)).rejects.toMatchObject({ code: 'LF-ENGINES-001' });
  });

  it('is ended by a foreign signal is told so', async () => {
    await expect(runProcess(script('kill -9 $$'))).rejects.toMatchObject({ code: 'LF-ENGINES-004', temporary: true });
  });
});
