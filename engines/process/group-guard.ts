import { spawn } from 'node:child_process';
import { guardProgram } from './guard-program.ts';

/**
 * Ends process groups when their owner dies. `setpriv --pdeathsig` reaches only the direct child; what that child has
 * started (provider plugins of OpenTofu, Helm's post-renderer) would live on. One guard per owner, told by its stdin.
 */
export type GroupGuard = {
  watch(pid: number): void;
  unwatch(pid: number): void;
  /** SIGINT to the leader of a watched group, once: a second one would make an engine drop what it has in hand. */
  interrupt(pid: number): void;
  /**
   * A watchdog: unless it is told again before, whatever is watched is asked to end after `askMs` and killed after `killMs`, and so is what is
   * watched afterwards. For an owner that is frozen (SIGSTOP, a stalled disk) while another one may take its place.
   */
  expect: (left: { askMs: number; killMs: number }) => void;
  stop(): void;
};

export type GroupGuardOptions = {
  /** A Node.js binary. Default: the one we run on. */
  node?: string;
};

export function createGroupGuard(options: GroupGuardOptions = {}): GroupGuard {
  const guard = spawn(options.node ?? process.execPath, ['--max-old-space-size=16', '-e', guardProgram], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  let lives = true;
  const say = (line: string): void => {
    if (lives && guard.stdin.writable) guard.stdin.write(`${line}\n`);
  };
  // The guard is there for our death, not to keep us alive; and its own failure is no failure of the work.
  guard.unref();
  const gone = (): void => {
    lives = false;
  };
  guard.on('error', gone);
  guard.on('exit', gone);
  guard.stdin.on('error', gone);
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return {
    watch: (pid) => say(`+${pid}`),
    unwatch: (pid) => say(`-${pid}`),
    interrupt: (pid) => {
      if (lives) say(`!${pid}`);
      else interruptProcess(pid);
    },
    expect: ({ askMs, killMs }) => say(`=${Math.round(askMs)} ${Math.round(killMs)}`),
    stop: () => guard.stdin.end(),
  };
}

/** To the process alone; gone already is fine. */
export function interruptProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // Nobody is there to be asked.
  }
}
