import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { runnerEnvironment, runnerNodeFlags } from '../../dev/images/bundle-runner.ts';
import { type Ground, systemNamespace } from './ground.ts';
import { cpuOf, memoryOf } from './proc.ts';

const lineSchema = z.discriminatedUnion('happened', [
  z.object({ happened: z.literal('ready') }),
  z.object({
    happened: z.literal('pass'),
    kind: z.string(),
    reason: z.string(),
    ms: z.number(),
    state: z.string(),
    helmCalls: z.number(),
  }),
  z.object({ happened: z.literal('event'), component: z.string(), reason: z.string(), at: z.number() }),
]);
export type Line = z.infer<typeof lineSchema>;
type Wanted = {
  sequence: number;
  version: string;
  namespace: string;
  releases: number;
  manifests?: string;
  /** Of every release. */
  drift?: 'enforce';
};

export type LoopRunner = {
  /** Resolves with the pass that has reached it. */
  reach(wanted: Wanted, deadlineMs: number): Promise<Line & { happened: 'pass' }>;
  /** Makes a pass for no reason, and waits for its end. */
  pass(): Promise<Line & { happened: 'pass' }>;
  /** Resolves when no pass has ended for a while: what the last change has set going is over. */
  quiet(): Promise<void>;
  /** The first line from now on that is this. */
  line(is: (line: Line) => boolean, deadlineMs: number): Promise<Line>;
  cpu(): Promise<{ own: number; withChildren: number }>;
  memory(): Promise<{ now: number; peak: number }>;
  stop(): Promise<void>;
};

/** The core of our runner as a process of its own, with nothing in its memory. */
async function startLoopRunner(ground: Ground, workDir: string, manifests: object[] = []): Promise<LoopRunner> {
  const { kubeconfigPath, helm, chart, programs } = ground;
  const given = { kubeconfigPath, workDir, helm, chart: chart.path, postRender: programs.postRender, manifests };
  const file = join(workDir, 'given.json');
  await writeFile(file, JSON.stringify(given));
  const child = spawn(process.execPath, [...runnerNodeFlags, programs.loop, file], {
    env: { PATH: '/usr/bin:/bin', HOME: workDir, ...runnerEnvironment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000)));
  const listeners = new Set<(line: Line) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = lineSchema.parse(JSON.parse(text));
    for (const listener of listeners) listener(line);
  });
  const line = (is: (line: Line) => boolean, deadlineMs: number): Promise<Line> =>
    new Promise((resolve, reject) => {
      const over = (): void => {
        listeners.delete(listener);
        clearTimeout(timer);
        child.off('exit', onExit);
      };
      const onExit = (): void => {
        over();
        reject(new Error(`the runner ended: ${said}`));
      };
      const timer = setTimeout(() => {
        over();
        reject(new Error(`the runner did not come so far in ${deadlineMs / 1000} s: ${said}`));
      }, deadlineMs);
      const listener = (seen: Line): void => {
        if (!is(seen)) return;
        over();
        resolve(seen);
      };
      listeners.add(listener);
      child.once('exit', onExit);
    });
  const passWhere = async (is: (pass: Line & { happened: 'pass' }) => boolean, deadlineMs: number) => {
    const seen = await line((each) => each.happened === 'pass' && is(each), deadlineMs);
    if (seen.happened !== 'pass') throw new Error('not a pass');
    return seen;
  };
  await line(({ happened }) => happened === 'ready', 60_000);
  const pid = child.pid ?? 0;
  return {
    reach: async (wanted, deadlineMs) => {
      const ended = passWhere(({ kind, reason }) => kind === 'done' || reason.startsWith('InstallFailed'), deadlineMs);
      tell(child, { accept: { ...wanted, values: chart.values, images: chart.images } });
      const pass = await ended;
      if (pass.kind !== 'done') throw new Error(pass.reason);
      return pass;
    },
    pass: () => {
      const done = passWhere(() => true, 60_000);
      tell(child, { wake: true });
      return done;
    },
    quiet: async () => {
      for (;;) {
        const busy = passWhere(() => true, quietMs).then(
          () => true,
          () => false,
        );
        if (!(await busy)) return;
      }
    },
    line,
    cpu: () => cpuOf(pid),
    memory: () => memoryOf(pid),
    stop: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}

const quietMs = 1500;

function tell(child: ChildProcess, command: object): void {
  child.stdin?.write(`${JSON.stringify(command)}\n`);
}

/** With a runner of its own, which is stopped whatever comes of it. */
export async function withLoopRunner<T>(
  ground: Ground,
  workDir: string,
  use: (runner: LoopRunner) => Promise<T>,
  manifests: object[] = [],
): Promise<T> {
  const runner = await startLoopRunner(ground, workDir, manifests);
  try {
    return await use(runner);
  } finally {
    await runner.stop();
  }
}

/** Everything that a runner remembers in the cluster goes: the next one starts on an empty install. */
export async function forgetInstall({ admin }: Ground): Promise<void> {
  const base = `/api/v1/namespaces/${systemNamespace}/configmaps`;
  await admin.call('DELETE', `${base}?labelSelector=${encodeURIComponent('landfall.dev/store=true')}`);
  await admin.call('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/landfall-runner`);
}
