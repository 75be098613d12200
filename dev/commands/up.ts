import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LandfallError, systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../config.ts';
import { printWorldState, readWorldState, worldLogPath } from './world-state.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Starts a world's owner in the background, prints what it says until the world is up, then the environment to use. */
export async function up(options: { nodes: 'auto' | 'kwok' }): Promise<number> {
  const config = readDevConfig();
  const running = await readWorldState(config);
  if (running !== undefined) {
    throw new LandfallError('LF-DEV-007', `a world is up already, owned by process ${running.owner.pid}`);
  }
  mkdirSync(config.cacheDir, { recursive: true });
  const logPath = worldLogPath(config);
  const log = openSync(logPath, 'w', 0o600);
  const args = [...process.execArgv, main, 'own', ...(options.nodes === 'kwok' ? ['--kwok'] : [])];
  const owner = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  owner.once('exit', () => {
    ended = true;
  });
  owner.unref();

  let shown = 0;
  const show = async (): Promise<void> => {
    const text = await readFile(logPath, 'utf8');
    process.stdout.write(text.slice(shown));
    shown = text.length;
  };
  for (;;) {
    await show();
    const state = await readWorldState(config);
    if (state !== undefined) {
      printWorldState(state);
      return 0;
    }
    if (ended) {
      await show();
      throw new LandfallError('LF-DEV-003', `the world did not come up; its log is ${logPath}`);
    }
    await systemClock.sleep(100);
  }
}
