import { spawn } from 'node:child_process';

/**
 * Ends process groups when their owner dies. `setpriv --pdeathsig` reaches only the direct child; what that child has
 * started (provider plugins of OpenTofu, Helm's post-renderer) would live on. One guard per owner, told by its stdin.
 */
export type GroupGuard = { watch(pid: number): void; unwatch(pid: number): void; stop(): void };

// Runs in a process of its own, so that a bundle needs no second file. EOF on stdin means that the owner is gone.
const guardProgram = `
const groups = new Set();
let rest = '';
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});
process.stdin.on('data', (data) => {
  const lines = (rest + data).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const pid = Number(line.slice(1));
    if (line[0] === '+') groups.add(pid);
    else groups.delete(pid);
  }
});
process.stdin.on('end', () => {
  for (const pid of groups) { try { process.kill(-pid, 'SIGKILL'); } catch {} }
  process.exit(0);
});
`;

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
  const say = (line: string): void => {
    if (guard.stdin.writable) guard.stdin.write(`${line}\n`);
  };
  // The guard is there for our death, not to keep us alive; and its own failure is no failure of the work.
  guard.unref();
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return {
    watch: (pid) => say(`+${pid}`),
    unwatch: (pid) => say(`-${pid}`),
    stop: () => guard.stdin.end(),
  };
}
