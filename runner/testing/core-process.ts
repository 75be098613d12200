import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import * as z from 'zod';
import {
  describeError,
  jsonObjectSchema,
  LandfallError,
  runnerPolicySchema,
  sleepUntil,
  systemClock,
} from '../../contract/index.ts';
import {
  createGroupGuard,
  createHelm,
  createProcessRunner,
  createTofu,
  endStaleProcess,
  findSetpriv,
  writePostRendererPlugin,
} from '../../engines/index.ts';
import { createEffects, effectKinds, endOrphans, openJournal } from '../effects/index.ts';
import { createKubernetes, kubeconfigConnection } from '../kubernetes/index.ts';
import { acquireLease, holderGone, processIdentity, usualLeaseTimes } from '../lease/index.ts';
import { createReconciler } from '../reconcile/index.ts';
import { createStore } from '../store/index.ts';
import { shopInstall, silent, wholeMirror } from './shop-install.ts';
import { webState } from './web-state.ts';

/** The core of a runner as a process of its own, to be killed: takes the lease, makes passes until the state is reached, prints the status. */
const coreProcessSchema = z.object({
  kubeconfigPath: z.string(),
  workDir: z.string(),
  helm: z.string(),
  chart: z.string(),
  postRender: z.string(),
  state: z.object({
    sequence: z.number(),
    version: z.string(),
    values: jsonObjectSchema,
    timeoutSeconds: z.number(),
    /** Of the module; absent: there is no component of Terraform. */
    variables: jsonObjectSchema.optional(),
  }),
  terraform: z.object({ tofu: z.string(), module: z.string() }).optional(),
  leaseTimes: z
    .object({ durationMs: z.number(), renewDeadlineMs: z.number(), retryMs: z.number(), graceMs: z.number() })
    .optional(),
  killAt: z.object({ kind: z.enum(effectKinds), when: z.enum(['before', 'during', 'after']) }).optional(),
});

export type CoreProcess = z.input<typeof coreProcessSchema>;

const given = coreProcessSchema.parse(JSON.parse(await readFile(process.argv.at(-1) ?? '', 'utf8')));
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort(new LandfallError('LF-RUNNER-099', 'asked to stop', { temporary: true })));
const clock = systemClock;
const connection = await kubeconfigConnection(given.kubeconfigPath);
const dispatcher = new Agent({ connect: { ca: connection.caPem ?? '' }, bodyTimeout: 0 });
const forLease = createKubernetes({ connection, dispatcher, clock });
const guard = createGroupGuard();
const identity = await processIdentity(process.pid, String(process.pid));
const lease = await acquireLease(
  {
    kubernetes: forLease,
    clock,
    namespace: 'landfall-system',
    name: 'landfall-runner',
    identity,
    times: given.leaseTimes ?? usualLeaseTimes,
    holderGone: (holder) => holderGone(holder, identity),
    onRenewed: guard.expect,
  },
  stopping.signal,
);
const stop = AbortSignal.any([stopping.signal, lease.signal]);
process.stderr.write(`epoch ${lease.epoch}\n`);
const kubernetes = createKubernetes({ connection, dispatcher, clock, beforeWrite: () => lease.requireHeld() });
const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => lease.epoch });
const journal = await openJournal(store);
const interrupted = await endOrphans(journal, endStaleProcess);
const effects = createEffects({ journal, clock, lease, stop, killAt: given.killAt });
const pluginsDir = join(given.workDir, 'plugins');
const postRenderer = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [given.postRender] });
const runProcess = createProcessRunner({ clock, setpriv: await findSetpriv(), guard });
const reconciler = createReconciler({
  store,
  effects,
  kubernetes,
  clock,
  workDir: given.workDir,
  postRenderer,
  namespace: 'landfall-system',
  helm: createHelm({
    binary: given.helm,
    homeDir: join(given.workDir, 'helm'),
    pluginsDir,
    connection: { kind: 'kubeconfig', path: given.kubeconfigPath },
    runProcess,
  }),
  tofuIn: (workDir, cliConfigPath, env = {}) =>
    createTofu({
      binary: given.terraform?.tofu ?? '',
      workDir,
      cliConfigPath,
      privateDir: given.workDir,
      env,
      runProcess,
    }),
  mirror: wholeMirror({
    referenceOf: (artifact) => `mirror.test/lf/web@${artifact.digest}`,
    fetchChart: (_, file) => copyFile(given.chart, file),
    fetchModule: (_, dir) => copyFile(given.terraform?.module ?? '', join(dir, 'main.tf')),
    fetchProviders: () => Promise.resolve(),
  }),
  // What an apply that was cut off has half made is made anew.
  policy: { current: () => runnerPolicySchema.parse({ terraform: { destroys: 'protectedOnly' } }) },
  events: { ...silent, event: ({ reason }) => void process.stderr.write(`event: ${reason}\n`) },
  install: {
    ...shopInstall,
    state: { kind: 'kubernetes', namespace: 'landfall-system', kubeconfig: given.kubeconfigPath },
  },
  onStatus: () => undefined,
});
const { sequence, version, values, timeoutSeconds, variables } = given.state;
const state = webState(sequence, version, values, timeoutSeconds, variables);
const passes = async (): Promise<void> => {
  for (;;) {
    const result = await reconciler.pass(state, { stop, superseded: new AbortController().signal });
    if (result.kind === 'done') return;
    if (result.kind !== 'waiting' || result.until === null)
      throw new Error(describeError(new Error(JSON.stringify(result))));
    process.stderr.write(`waits: ${result.reason}: ${result.message}\n`);
    await sleepUntil(clock, result.until, stop);
  }
};
await passes().catch((error: unknown) => {
  if (!stopping.signal.aborted) process.exitCode = 1;
  process.stderr.write(`${describeError(error)}\n`);
});
const status = reconciler.status();
process.stdout.write(
  JSON.stringify({
    observed: status.observed?.version,
    state: status.state,
    denied: status.denied.map((item) => item.version),
    interrupted: interrupted.map((entry) => entry.kind),
  }),
);
await lease.release();
guard.stop();
await dispatcher.destroy();
