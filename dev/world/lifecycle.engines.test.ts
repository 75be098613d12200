import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines } from '../tools/index.ts';
import { startCluster } from './cluster.ts';
import { openGround } from './ground.ts';
import { runPods } from './testing-pods.ts';
import { hostCommand } from '../host-command.ts';
import { waitUntil } from './start-process.ts';

const engines = await requireEngines('nodes', 'etcd', 'kube-apiserver', 'kubelet', 'kube-proxy');

/** What there is of a world, seen from the host: processes, mounts, namespaces, devices, cgroups, folder. */
async function tracesOf(world: { dir: string; index: number }): Promise<string[]> {
  const traces: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): string => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8');
      } catch {
        return '';
      }
    };
    if (Number(pid) !== process.pid && read('cmdline').includes(world.dir))
      traces.push(`process ${pid}: ${read('cmdline').replaceAll('\0', ' ')}`);
    if (read('mountinfo').includes(`${world.dir}/`)) traces.push(`mount in the namespace of process ${pid}`);
  }
  const links = await hostCommand('ip', ['-o', 'link']);
  for (const name of [`lfbr${world.index}`, `lfv${world.index}n`])
    if (links.includes(` ${name}`)) traces.push(`device ${name}`);
  const routes = await hostCommand('ip', ['route']);
  if (routes.includes(`10.${100 + world.index}.`) || routes.includes(`10.${120 + world.index}.`)) traces.push('route');
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
    for (const node of ['node-a', 'node-b']) {
      const folder = join('/sys/fs/cgroup', hierarchy, `landfall-${world.index}-${node}`);
      if (existsSync(folder)) traces.push(`cgroup ${folder}`);
    }
  }
  if (existsSync(world.dir)) traces.push(`folder ${world.dir}`);
  return traces;
}

const overcommit = (): string => readFileSync('/proc/sys/vm/overcommit_memory', 'utf8');

describe.skipIf(!engines.available)('the end of a world', () => {
  it('leaves nothing after close, and never changed a setting of the machine', async () => {
    const before = overcommit();
    const ground = await openGround({ say: () => undefined });
    if (ground.network.kind !== 'bridge') throw new Error('there are no real nodes');
    const world = { dir: ground.dir, index: ground.network.index };
    const cluster = await startCluster(ground);
    await runPods(cluster);
    expect((await tracesOf(world)).length).toBeGreaterThan(10);
    expect(overcommit()).toBe(before);
    await cluster.stop();
    await ground.close();
    expect(await tracesOf(world)).toEqual([]);
  });

  const ends: { how: string; end: (pid: number) => void }[] = [
    { how: 'was killed', end: (pid) => void process.kill(pid, 'SIGKILL') },
    // The terminal sends it to the whole process group.
    { how: 'got Ctrl-C', end: (pid) => void process.kill(-pid, 'SIGINT') },
  ];
  it.each(ends)('leaves nothing after its owner $how', async ({ end }) => {
    const owner = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('testing-owner.ts', import.meta.url))],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const line = await new Promise<string>((resolve, reject) => {
      owner.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
      owner.once('exit', () => reject(new Error('the owner ended early')));
    });
    const said = z.object({ dir: z.string(), network: z.object({ index: z.number() }) }).parse(JSON.parse(line));
    const world = { dir: said.dir, index: said.network.index };
    expect((await tracesOf(world)).length).toBeGreaterThan(10);
    owner.removeAllListeners('exit');
    end(owner.pid ?? 0);
    const clean = async (): Promise<boolean> => (await tracesOf(world)).length === 0;
    await waitUntil(clean, { what: 'nothing of the world is left', timeoutMs: 20_000 }).catch(() => undefined);
    expect(await tracesOf(world)).toEqual([]);
  });
});
