import { readdir, readFile, readlink } from 'node:fs/promises';
import { initialisedBackend } from '../../engines/index.ts';
import type { StateObject } from './state-object.ts';

/** Not what they start: a provider may outlive its engine, and holds no lock. */
const isEngine = /^(tofu|terraform)(?!-provi)/;

/**
 * Whether an engine of this user lives that works on the state, by the folder it is in and the backend that was initialised there.
 * `unknown` without /proc (on macOS).
 */
export async function enginesOn({ bucket, key }: StateObject): Promise<'none' | 'some' | 'unknown'> {
  const processes = await readdir('/proc').catch(() => []);
  const pids = processes.filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return 'unknown';
  for (const pid of pids) {
    const dir = await folderOfEngine(pid);
    if (dir === undefined) continue;
    // A folder that cannot be read may be that of this state.
    const backend = await initialisedBackend(dir).catch(() => undefined);
    if (backend === undefined) return 'some';
    if (backend?.config['bucket'] === bucket && backend.config['key'] === key) return 'some';
  }
  return 'none';
}

/** Undefined: it is no engine, another user's, or gone by now. */
async function folderOfEngine(pid: string): Promise<string | undefined> {
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    return isEngine.test(name) ? await readlink(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}
