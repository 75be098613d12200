import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Memory } from './decide-memory.ts';

type Version = { mount: string; limit: string; usage: string; cache: RegExp };

const second: Version = {
  mount: 'sys/fs/cgroup',
  limit: 'memory.max',
  usage: 'memory.current',
  cache: /^inactive_file (\d+)$/m,
};
const first: Version = {
  mount: 'sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  cache: /^total_inactive_file (\d+)$/m,
};
/** What version one says when there is no limit is about 2^63. */
const noLimit = 2 ** 60;

/**
 * cgroups(7), both versions: of this process's own group and all above it the one with the least room; null where nothing is limited. Within a
 * container the own group is the root of what is mounted, whatever /proc says it is called outside.
 */
export async function readMemory(root = '/'): Promise<Memory | null> {
  const groups = await textOf(join(root, 'proc/self/cgroup'));
  const ofFirst = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups ?? '')?.[1];
  const ofSecond = /^0::(.*)$/m.exec(groups ?? '')?.[1] ?? '/';
  const [version, path] = ofFirst === undefined ? ([second, ofSecond] as const) : ([first, ofFirst] as const);
  const found: Memory[] = [];
  for (let group = path; ; group = dirname(group)) {
    const memory = await memoryOf(join(root, version.mount, group), version);
    if (memory !== null) found.push(memory);
    if (group === '/' || group === '.') break;
  }
  found.sort((a, b) => a.limitBytes - a.usedBytes - (b.limitBytes - b.usedBytes));
  return found[0] ?? null;
}

async function memoryOf(dir: string, version: Version): Promise<Memory | null> {
  const [limit, usage, stat] = await Promise.all(
    [version.limit, version.usage, 'memory.stat'].map((name) => textOf(join(dir, name))),
  );
  const limitBytes = Number(limit ?? 'max'); // `max` is no number.
  const usageBytes = Number(usage ?? 'none');
  if (!Number.isFinite(limitBytes) || limitBytes >= noLimit || !Number.isFinite(usageBytes)) return null;
  const cache = Number(version.cache.exec(stat ?? '')?.[1] ?? 0);
  return { limitBytes, usedBytes: Math.max(0, usageBytes - cache) };
}

async function textOf(path: string): Promise<string | null> {
  return (await readFile(path, 'utf8').catch(() => null))?.trim() ?? null;
}
