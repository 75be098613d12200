import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTimeOf } from '../process-identity.ts';

/**
 * Remembers what must not outlive this process, in a file, and a detached script that removes it at the end of this
 * process, however that comes. `finish` is the same removal on purpose.
 */
export type Reaper = {
  process(pid: number): void;
  /** A network device that will be deleted (with its addresses and routes). */
  link(name: string): void;
  /** The iptables rule that lets packets pass from this bridge to itself. */
  forwarding(bridge: string): void;
  cgroup(folder: string): void;
  folder(path: string): void;
  /** Removes everything recorded so far and waits until that is done. Later calls wait for the first. */
  finish(): Promise<void>;
};

const script = fileURLToPath(new URL('reaper.sh', import.meta.url));

/** `dir` must exist; the journal lies in it. */
export function startReaper(dir: string): Reaper {
  const journal = join(dir, 'reaper.journal');
  writeFileSync(journal, '');
  // Detached: a session of its own, so that Ctrl-C in the terminal does not reach it.
  const child = spawn('bash', [script, journal], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  const exited = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  // Nobody may be waiting yet when it fails to start.
  exited.catch(() => undefined);
  child.unref();
  const record = (...fields: string[]): void => appendFileSync(journal, `${fields.join('\t')}\n`);
  return {
    process(pid) {
      const startTime = startTimeOf(pid);
      if (startTime !== undefined) record('process', String(pid), startTime);
    },
    link: (name) => record('link', name),
    forwarding: (bridge) => record('forwarding', bridge),
    cgroup: (folder) => record('cgroup', folder),
    folder: (path) => record('folder', path),
    async finish() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
