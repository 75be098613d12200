import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export type Command = { command: string; args: readonly string[]; env?: Readonly<Record<string, string>> };

export type Watched = {
  ok: boolean;
  wallMs: number;
  /** Of the process and of all that it waited for. */
  cpuSeconds: number;
  /** The largest resident set. */
  peakRssBytes: number;
  /** The end of what it printed, both streams. */
  tail: string;
  stdout: string;
};

/** Linux counts processor time for user space in hundredths of a second whatever its own tick is. */
const ticksPerSecond = 100;
const keptOutput = 4096;

/**
 * Runs a command and looks at it from outside. The processor time is what the kernel adds to the parent when it has waited for a
 * child: exact, nothing is sampled. So no other child of this process may end meanwhile. The peak is the kernel's high-water mark,
 * read until the process is gone; none of the tools watched here starts others.
 */
export async function watchProcess({ command, args, env }: Command, deadlineMs: number): Promise<Watched> {
  const before = await waitedSeconds();
  const start = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let [tail, stdout, done] = ['', '', false];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout = (stdout + String(chunk)).slice(-keptOutput);
    tail = (tail + String(chunk)).slice(-keptOutput);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    tail = (tail + String(chunk)).slice(-keptOutput);
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  }).finally(() => {
    done = true;
    clearTimeout(deadline);
  });
  const peak = peakOf(child.pid ?? 0, () => done);
  const code = await ended;
  const wallMs = performance.now() - start;
  return {
    ok: code === 0,
    wallMs,
    cpuSeconds: (await waitedSeconds()) - before,
    peakRssBytes: await peak,
    tail,
    stdout,
  };
}

async function peakOf(pid: number, isDone: () => boolean): Promise<number> {
  let peak = 0;
  while (!isDone()) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kibibytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    peak = Math.max(peak, kibibytes * 1024);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peak;
}

/** Fields 14 and 15 of proc(5)'s stat: the process itself. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  return secondsIn(await readFile(`/proc/${pid}/stat`, 'utf8'), 14);
}

/** Fields 16 and 17: the children that were waited for. */
async function waitedSeconds(): Promise<number> {
  return secondsIn(await readFile('/proc/self/stat', 'utf8'), 16);
}

/** Two fields, counted from 1; the second field, the name, may hold blanks and ends with the last parenthesis. */
function secondsIn(stat: string, field: number): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = '0', system = '0'] = fields.slice(field - 3);
  return (Number(user) + Number(system)) / ticksPerSecond;
}
