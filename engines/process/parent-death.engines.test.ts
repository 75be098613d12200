import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { endStaleProcess, identify } from './process-identity.ts';
import { lives } from '../testing/lives.ts';

/** Starts an owner with a child and a grandchild, kills the owner with SIGKILL, and gives the pids of the two. */
async function orphan(...guards: string[]): Promise<{ child: number; grandchild: number }> {
  const script = fileURLToPath(new URL('../testing/doomed-owner.ts', import.meta.url));
  const owner = spawn(process.execPath, ['--import', 'tsx', script, ...guards], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = await new Promise<number[]>((resolve, reject) => {
    createInterface(owner.stdout).on('line', (line) => {
      if (line.startsWith('pids ')) resolve(line.split(' ').slice(1).map(Number));
    });
    owner.once('exit', (code) => reject(new Error(`the owner ended by itself with ${code}`)));
  });
  const ended = new Promise((resolve) => owner.once('close', resolve));
  owner.kill('SIGKILL');
  owner.stdout.destroy();
  await ended;
  const [child = 0, grandchild = 0] = pids;
  return { child, grandchild };
}

describe.skipIf(process.platform !== 'linux')('when the owner is killed with SIGKILL', () => {
  it('child and grandchild die with it', async () => {
    const { child, grandchild } = await orphan('setpriv', 'guard');
    await expect.poll(() => [child, grandchild].filter(lives), { timeout: 5000 }).toEqual([]);
  });

  it('the guard alone is enough, where there is no setpriv', async () => {
    const { child, grandchild } = await orphan('no-setpriv', 'guard');
    await expect.poll(() => [child, grandchild].filter(lives), { timeout: 5000 }).toEqual([]);
  });

  it('twin: with setpriv alone the grandchild lives on; with neither, both do', async () => {
    const half = await orphan('setpriv', 'no-guard');
    await expect.poll(() => lives(half.child), { timeout: 5000 }).toBe(false);
    expect(lives(half.grandchild)).toBe(true);
    process.kill(half.grandchild, 'SIGKILL');

    const none = await orphan('no-setpriv', 'no-guard');
    expect([none.child, none.grandchild].every(lives)).toBe(true);
    const identity = await identify(none.child);
    expect(await endStaleProcess({ ...identity, startTime: '1' })).toBe(false); // another process with the same pid
    expect(await endStaleProcess(identity)).toBe(true);
    await expect.poll(() => [none.child, none.grandchild].filter(lives), { timeout: 5000 }).toEqual([]);
  });
});
