import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerEnvironment, runnerNodeFlags } from '../../../dev/images/bundle-runner.ts';
import type { effectKinds } from '../../../runner/index.ts';

export type KillAt = { kind: (typeof effectKinds)[number]; when: 'before' | 'during' | 'after' };

export type RunnerProcess = {
  pid: number;
  /** SIGKILL from outside. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it has ended by itself: the exit code or the signal. */
  ended: Promise<number | string | null>;
  running(): boolean;
  log(): Promise<string>;
};

/** The runner as a process of its own, from its bundle. Whatever it starts inherits its work folder, in which `leftBehind` looks for it. */
export async function startRunnerProcess(options: {
  bundle: string;
  configPath: string;
  workDir: string;
  logPath: string;
  killAt?: KillAt;
}): Promise<RunnerProcess> {
  await mkdir(options.workDir, { recursive: true });
  const log = openSync(options.logPath, 'w');
  const child: ChildProcess = spawn(process.execPath, [...runnerNodeFlags, options.bundle], {
    cwd: options.workDir,
    stdio: ['ignore', log, log],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      LANDFALL_CONFIG: options.configPath,
      ...runnerEnvironment,
      ...(options.killAt === undefined
        ? {}
        : { LANDFALL_TEST: '1', LANDFALL_TEST_KILL_AT: JSON.stringify(options.killAt) }),
    },
  });
  closeSync(log);
  const ended = once(child, 'exit').then(() => child.exitCode ?? child.signalCode);
  return {
    pid: child.pid ?? 0,
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    log: () => readFile(options.logPath, 'utf8'),
  };
}

/** Processes that live in a runner's work folder or know of it, from /proc; the dead that nobody has reaped do not count. */
export function processesOf(workDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const read = (name: string): string => orEmpty(() => readFileSync(join('/proc', pid, name), 'utf8'));
      if (/\) Z /.test(read('stat'))) return [];
      const cwd = orEmpty(() => readlinkSync(join('/proc', pid, 'cwd')));
      const command = read('cmdline').replaceAll('\0', ' ').trim();
      const known = [cwd, command, read('environ')].some((text) => text.includes(workDir));
      return known ? [`${pid} ${command.slice(0, 120)}`] : [];
    });
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
