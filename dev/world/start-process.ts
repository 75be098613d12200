import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Clock, LandfallError, systemClock } from '../../contract/index.ts';
import type { Reaper } from './reaper.ts';

export type ProcessSpec = {
  name: string;
  file: string;
  args: string[];
  /** The whole environment of the process: nothing is inherited. */
  env?: Record<string, string>;
  cwd?: string;
  logPath: string;
  reaper: Reaper;
  /** Give it a pipe as standard input. */
  input?: boolean;
};

export type RunningProcess = {
  name: string;
  pid: number;
  logPath: string;
  stdin: ChildProcess['stdin'];
  /** How it ended (`exit 1`, `signal SIGKILL`), once it has. */
  ending(): string | undefined;
  /** SIGKILL, and waits until it is gone. Nothing in a world has anything to save. */
  kill(): Promise<void>;
};

/** Starts a process that dies with this one (`setpriv --pdeathsig`), in a session of its own, logging into a file. */
export function startProcess(spec: ProcessSpec): RunningProcess {
  const log = openSync(spec.logPath, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', spec.file, ...spec.args], {
    detached: true,
    stdio: [spec.input === true ? 'pipe' : 'ignore', log, log],
    cwd: spec.cwd ?? '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', ...spec.env },
  });
  closeSync(log);
  let ending: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const ended = (how: string) => {
      ending = how;
      resolve();
    };
    child.once('exit', (code, signal) => ended(signal === null ? `exit ${code}` : `signal ${signal}`));
    child.once('error', (error) => ended(error.message));
  });
  const { pid } = child;
  if (pid === undefined) throw new LandfallError('LF-DEV-003', `${spec.name} could not be started: setpriv is missing`);
  spec.reaper.process(pid);
  return {
    name: spec.name,
    pid,
    logPath: spec.logPath,
    stdin: child.stdin,
    ending: () => ending,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export type WaitOptions = {
  /** What is waited for, as the end of "... did not ..." */
  what: string;
  timeoutMs: number;
  /** Waiting ends with an error as soon as one of these does. */
  processes?: RunningProcess[];
  clock?: Clock;
};

/** Asks every 50 ms until `check` gives something else than undefined or false. A check that throws means "not yet". */
export async function waitUntil<T>(check: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
  const clock = options.clock ?? systemClock;
  const deadline = clock.now().getTime() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      last = error;
    }
    const dead = options.processes?.find((process) => process.ending() !== undefined);
    if (dead !== undefined) {
      throw new LandfallError(
        'LF-DEV-003',
        `${dead.name} ended (${dead.ending()}) while waiting until ${options.what}:\n${logTail(dead.logPath)}`,
      );
    }
    if (clock.now().getTime() > deadline) {
      throw new LandfallError(
        'LF-DEV-004',
        `after ${options.timeoutMs / 1000} s it does not hold that ${options.what}`,
        { cause: last },
      );
    }
    await clock.sleep(50);
  }
}

export function logTail(path: string, lines = 12): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
