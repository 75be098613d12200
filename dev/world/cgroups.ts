import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reaper } from './reaper.ts';

const root = '/sys/fs/cgroup';

/** Makes a cgroup of this name in every hierarchy of the machine (v1, hybrid or v2) and returns its path for the kubelet. */
export async function makeCgroup(name: string, reaper: Reaper): Promise<string> {
  if (existsSync(join(root, 'cgroup.controllers'))) {
    await enableControllers(root);
    await makeFolder(join(root, name), reaper);
    await enableControllers(join(root, name));
    return `/${name}`;
  }
  const hierarchies = await readdir(root, { withFileTypes: true });
  for (const hierarchy of hierarchies.filter((entry) => entry.isDirectory())) {
    const folder = join(root, hierarchy.name, name);
    await makeFolder(folder, reaper);
    // A cpuset without its parent's cpus and memory takes no process.
    if (hierarchy.name === 'cpuset') {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(folder, file), await readFile(join(root, 'cpuset', file)));
      }
    }
  }
  return `/${name}`;
}

async function makeFolder(folder: string, reaper: Reaper): Promise<void> {
  reaper.cgroup(folder);
  await mkdir(folder, { recursive: true });
}

async function enableControllers(folder: string): Promise<void> {
  const controllers = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  for (const controller of controllers.filter((name) => name !== '')) {
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}
