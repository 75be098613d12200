import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../world/index.ts';

/** What of a world is still on the machine: processes, mounts, its bridge, its folder. Read from /proc and /sys. */
export function leftovers(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const command = readOr(join('/proc', pid, 'cmdline')).replaceAll('\0', ' ');
    if (command.includes(world.dir)) found.push(`process ${pid} ${command.slice(0, 80)}`);
  }
  for (const mount of readOr('/proc/self/mounts').split('\n')) {
    if (mount.includes(world.dir)) found.push(`mount ${mount.slice(0, 80)}`);
  }
  const { network } = world.ground;
  if (network.kind === 'bridge' && existsSync(`/sys/class/net/${network.bridge}`))
    found.push(`bridge ${network.bridge}`);
  return Promise.resolve(found);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
