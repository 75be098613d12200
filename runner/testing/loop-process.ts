import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import * as z from 'zod';
import { runnerPolicySchema, systemClock } from '../../contract/index.ts';
import {
  createGroupGuard,
  createHelm,
  createProcessRunner,
  endStaleProcess,
  findSetpriv,
  writePostRendererPlugin,
} from '../../engines/index.ts';
import { createEffects, endOrphans, openJournal } from '../effects/index.ts';
import { createKubernetes, createWatchedKubernetes, kubeconfigConnection } from '../kubernetes/index.ts';
import { acquireLease, holderGone, processIdentity } from '../lease/index.ts';
import { createLoop } from '../loop.ts';
import { postRenderSocketVariable } from '../post-render/config.ts';
import { servePostRender } from '../post-render/serve.ts';
import { createReconciler } from '../reconcile/index.ts';
import { createStore } from '../store/index.ts';
import { loopStateSchema, stateOf } from './loop-state.ts';
import { shopInstall, silent, unused, wholeMirror } from './shop-install.ts';

// The core of a runner as a process that lives: lease, store, loop, watches, the real Helm; without the channel to a vendor. Each line of its
// standard input is a command, each line of its output one thing that happened. For benchmarks and engines tests.
const givenSchema = z.object({
  kubeconfigPath: z.string(),
  workDir: z.string(),
  helm: z.string(),
  chart: z.string(),
  postRender: z.string(),
  /** The objects of every component of manifests. */
  manifests: z.array(z.unknown()).default([]),
});
const commandSchema = z.union([z.object({ accept: loopStateSchema }), z.object({ wake: z.literal(true) })]);

export type LoopProcess = z.input<typeof givenSchema>;
export type LoopCommand = z.input<typeof commandSchema>;
export type LoopLine =
  | { happened: 'ready' }
  | { happened: 'pass'; kind: string; reason: string; ms: number; state: string; helmCalls: number }
  | { happened: 'drifted' | 'event'; component: string; reason: string; at: number };

const say = (line: LoopLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const given = givenSchema.parse(JSON.parse(await readFile(process.argv.at(-1) ?? '', 'utf8')));
const clock = systemClock;
const stopping = new AbortController();
const stop = stopping.signal;
const connection = await kubeconfigConnection(given.kubeconfigPath);
const dispatcher = new Agent({ connect: { ca: connection.caPem ?? '' }, bodyTimeout: 0, keepAliveTimeout: 30_000 });
const kubernetes = createWatchedKubernetes(
  createKubernetes({ connection, dispatcher, clock, random: Math.random }),
  clock,
);
const namespace = 'landfall-system';
const identity = await processIdentity(process.pid, String(process.pid));
const gone = (holder: string) => holderGone(holder, identity);
const lease = await acquireLease(
  { kubernetes, clock, namespace, name: 'landfall-runner', identity, holderGone: gone },
  stop,
);
const store = createStore({ kubernetes, namespace, epoch: () => lease.epoch });
const journal = await openJournal(store);
await endOrphans(journal, endStaleProcess);
const effects = createEffects({ journal, clock, lease, stop });
const pluginsDir = join(given.workDir, 'plugins');
const postRenderer = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [given.postRender] });
const guard = createGroupGuard();
await mkdir(join(given.workDir, 'helm'), { recursive: true, mode: 0o700 });
const postRenders = await servePostRender(join(given.workDir, 'helm', 'post-render.sock'));
let helmCalls = 0;
const runProcess = createProcessRunner({ clock, setpriv: await findSetpriv(), guard });
const reconciler = createReconciler({
  store,
  effects,
  kubernetes,
  clock,
  namespace,
  workDir: given.workDir,
  postRenderer,
  helm: createHelm({
    binary: given.helm,
    homeDir: join(given.workDir, 'helm'),
    pluginsDir,
    ...(postRenders === null ? {} : { env: { [postRenderSocketVariable]: postRenders.path } }),
    connection: { kind: 'kubeconfig', path: given.kubeconfigPath },
    runProcess: (request) => {
      helmCalls += 1;
      return runProcess(request);
    },
  }),
  tofuIn: unused,
  mirror: wholeMirror({
    referenceOf: (artifact) => `mirror.test/lf/app@${artifact.digest}`,
    fetchChart: (_, file) => copyFile(given.chart, file),
    fetchManifests: (_, file) => writeFile(file, JSON.stringify(given.manifests)),
  }),
  policy: { current: () => runnerPolicySchema.parse({}) },
  events: {
    ...silent,
    event: ({ reason, component }) => say({ happened: 'event', component: component ?? '', reason, at: Date.now() }),
  },
  install: shopInstall,
  onStatus: () => undefined,
});
let began = performance.now();
const loop = createLoop({
  reconciler: {
    ...reconciler,
    pass: (state, signals) => {
      began = performance.now();
      return reconciler.pass(state, signals);
    },
  },
  kubernetes,
  clock,
  onPass: (result) => {
    const reason = result.kind === 'waiting' ? `${result.reason}: ${result.message}` : '';
    const ms = performance.now() - began;
    say({ happened: 'pass', kind: result.kind, reason, ms, state: reconciler.status().state, helmCalls });
  },
});
const running = loop.run(AbortSignal.any([stop, lease.signal]));
say({ happened: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  const command = commandSchema.parse(JSON.parse(line));
  if ('accept' in command) loop.accept(stateOf(command.accept));
  else loop.wake();
}
stopping.abort();
await running;
kubernetes.close();
await lease.release();
guard.stop();
await postRenders?.close();
await dispatcher.destroy();
