import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMemory } from './read-memory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const machine = async (files: Record<string, string>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${text}\n`);
  }
};
const second = (dir: string, limit: string, used: string, cache = '0') => ({
  [`sys/fs/cgroup${dir}/memory.max`]: limit,
  [`sys/fs/cgroup${dir}/memory.current`]: used,
  [`sys/fs/cgroup${dir}/memory.stat`]: `anon 5\ninactive_file ${cache}\nactive_file 7`,
});
const first = (dir: string, limit: string, used: string, cache = '0') => ({
  [`sys/fs/cgroup/memory${dir}/memory.limit_in_bytes`]: limit,
  [`sys/fs/cgroup/memory${dir}/memory.usage_in_bytes`]: used,
  [`sys/fs/cgroup/memory${dir}/memory.stat`]: `cache 5\ninactive_file 1\ntotal_inactive_file ${cache}`,
});
const unlimited = '9223372036854771712';

describe('the memory a container has', () => {
  it('by version two: the root of what is mounted, without the file cache', async () => {
    await machine({ 'proc/self/cgroup': '0::/', ...second('', '1000', '600', '200') });
    expect(await readMemory(root)).toEqual({ limitBytes: 1000, usedBytes: 400 });
  });

  it('by version one, also where its name outside is another one than what is mounted', async () => {
    await machine({
      'proc/self/cgroup': '9:name=systemd:/pod/x\n4:memory:/kubepods/pod/x\n1:cpu,cpuacct:/',
      ...first('', '2000', '600', '100'),
    });
    expect(await readMemory(root)).toEqual({ limitBytes: 2000, usedBytes: 500 });
  });

  it('the narrowest of all groups it is in', async () => {
    await machine({
      'proc/self/cgroup': '0::/pod/container',
      ...second('/pod/container', 'max', '10'),
      ...second('/pod', '500', '450'),
      ...second('', '5000', '4000'),
    });
    expect(await readMemory(root)).toEqual({ limitBytes: 500, usedBytes: 450 });
  });

  it.each([
    ['version two', { 'proc/self/cgroup': '0::/', ...second('', 'max', '600') }],
    ['version one', { 'proc/self/cgroup': '4:memory:/', ...first('', unlimited, '600') }],
    ['a machine without groups', {}],
    ['a file that holds something else', { 'proc/self/cgroup': '0::/', ...second('', '1000', 'what?') }],
  ])('is not limited by %s', async (_, files) => {
    await machine(files);
    expect(await readMemory(root)).toBeNull();
  });
});
