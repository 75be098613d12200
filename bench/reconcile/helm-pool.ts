import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground } from './ground.ts';
import { cpuOf } from './proc.ts';

/**
 * The peer: so many `helm upgrade --install` at a time, with nothing around them. They share a home, and so the cache of the discovery; they wait
 * for nothing, and nothing is written down but Helm's own records. No other child of this process may end meanwhile.
 */
export async function runHelmPool(
  ground: Ground,
  { home, namespace, releases, width }: { home: string; namespace: string; releases: number; width: number },
): Promise<{ wallMs: number; cpuSeconds: number }> {
  const values = join(home, 'values.json');
  await writeFile(values, JSON.stringify(ground.chart.values));
  const before = (await cpuOf('self')).withChildren - (await cpuOf('self')).own;
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < releases; at = next++) {
      const args = ['upgrade', '--install', `app-${at}`, ground.chart.path, `--namespace=${namespace}`];
      await helm(ground, home, [...args, `--values=${values}`, '--server-side=true', '--hide-notes']);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const wallMs = performance.now() - start;
  const after = (await cpuOf('self')).withChildren - (await cpuOf('self')).own;
  return { wallMs, cpuSeconds: after - before };
}

function helm(ground: Ground, home: string, args: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/bin:/bin', HOME: home, KUBECONFIG: ground.kubeconfigPath };
  const child = spawn(ground.helm, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-2000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`helm ended with ${code}: ${said}`))));
  });
}
