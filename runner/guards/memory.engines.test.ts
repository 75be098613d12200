import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { noteSkipped } from '../../dev/index.ts';

const root = join(import.meta.dirname, '../..');
const mebi = 1024 ** 2;

/** A group of cgroups version one with a limit, beneath our own; null where this machine does not let us make one. */
function makeGroup(limitBytes: number): string | null {
  try {
    const own = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '';
    const group = join('/sys/fs/cgroup/memory', own, `landfall-test-${process.pid}`);
    mkdirSync(group);
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(limitBytes));
    return group;
  } catch {
    return null;
  }
}
const group = makeGroup(400 * mebi);
if (group === null) noteSkipped('cgroups version one and the right to make one (root)');

describe.skipIf(group === null)('children that take ever more memory, in a group with a real limit', () => {
  const dir = group ?? '';
  // A group can be removed once its last process is wholly gone.
  afterAll(() => vi.waitFor(() => rmdirSync(dir), { timeout: 10_000 }));
  const run = async (...args: string[]): Promise<string[]> => {
    const script = 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"';
    const node = [process.execPath, '--import', 'tsx', 'runner/testing/short-of-memory.ts', ...args];
    const child = spawn('/bin/sh', ['-c', script, 'sh', dir, ...node], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    await once(child, 'close');
    return output.trim().split('\n');
  };
  const killedByKernel = (): number =>
    Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(dir, 'memory.oom_control'), 'utf8'))?.[1]);

  it('are ended before the kernel ends anybody, and it is told why', async () => {
    const said = await run('guarded');
    expect(said[0]).toMatch(/"limitBytes":419430400/);
    expect(said).toEqual(
      expect.arrayContaining([expect.stringMatching(/^LF-RUNNER-019: helm was ended/), 'still here']),
    );
    expect(killedByKernel()).toBe(0);
  });

  it('twin: without the gate the kernel ends one, and that is the child', async () => {
    const said = await run('unguarded');
    expect(said.at(-1)).toBe('still here');
    expect(said.some((line) => line.startsWith('LF-ENGINES-004'))).toBe(true);
    expect(killedByKernel()).toBeGreaterThan(0);
  });
});
