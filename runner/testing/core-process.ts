import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { z } from 'zod';
import { describeError, jsonObjectSchema, runnerPolicySchema, systemClock } from '../../contract/index.ts';
import {
  createGroupGuard,
  createHelm,
  createProcessRunner,
  endStaleProcess,
  findSetpriv,
  writePostRendererPlugin,
} from '../../engines/index.ts';
import { createEffects, effectKinds, endOrphans, openJournal } from '../effects/index.ts';
import { createKubernetes, kubeconfigConnection } from '../kubernetes/index.ts';
import { acquireLease, holderGone, processIdentity } from '../lease/index.ts';
import { createReconciler } from '../reconcile/index.ts';
import { createStore } from '../store/index.ts';
import { webState } from './web-state.ts';

/** The core of a runner as a process of its own, to be killed: takes the lease, makes passes until the state is reached, prints the status. */
const coreProcessSchema = z.object({
  kubeconfigPath: z.string(),
  workDir: z.string(),
  helm: z.string(),
  chart: z.string(),
  postRender: z.string(),
  state: z.object({ sequence: z.number(), version: z.string(), values: jsonObjectSchema, timeoutSeconds: z.number() }),
  killAt: z.object({ kind: z.enum(effectKinds), when: z.enum(['before', 'during', 'after']) }).optional(),
});

export type CoreProcess = z.input<typeof coreProcessSchema>;

const given = coreProcessSchema.parse(JSON.parse(await readFile(process.argv.at(-1) ?? '', 'utf8')));
const stop = new AbortController().signal;
const clock = systemClock;
const connection = await kubeconfigConnection(given.kubeconfigPath);
const dispatcher = new Agent({ connect: { ca: connection.caPem ?? '' }, bodyTimeout: 0 });
const kubernetes = createKubernetes({ connection, dispatcher, clock });
const identity = await processIdentity(process.pid, String(process.pid));
const lease = await acquireLease(
  {
    kubernetes,
    clock,
    namespace: 'landfall-system',
    name: 'landfall-runner',
    identity,
    holderGone: (holder) => holderGone(kubernetes, holder, identity),
  },
  stop,
);
const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => lease.epoch });
const journal = await openJournal(store);
const interrupted = await endOrphans(journal, endStaleProcess);
const effects = createEffects({ journal, clock, lease, stop, killAt: given.killAt });
const pluginsDir = join(given.workDir, 'plugins');
const postRenderer = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [given.postRender] });
const guard = createGroupGuard();
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
  tofuIn: () => {
    throw new Error('no terraform here');
  },
  mirror: {
    ensure: () => Promise.resolve(),
    tend: () => Promise.resolve(),
    referenceOf: (artifact) => `mirror.test/lf/web@${artifact.digest}`,
    fetchChart: (_, file) => copyFile(given.chart, file),
    fetchManifests: () => Promise.resolve(),
    fetchModule: () => Promise.resolve(),
    fetchProviders: () => Promise.resolve(),
  },
  policy: { current: () => runnerPolicySchema.parse({}) },
  events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
  install: {
    id: 'acme',
    product: 'shop',
    region: 'r',
    account: '1',
    prefix: 'lf-acme',
    vendorRegistry: 'vendor.test',
    state: { kind: 's3', bucket: 'b', region: 'r', kmsKeyArn: null },
    terraformEnv: {},
  },
  onStatus: () => undefined,
});
const { sequence, version, values, timeoutSeconds } = given.state;
const state = webState(sequence, version, values, timeoutSeconds);
for (;;) {
  const result = await reconciler.pass(state, { stop, superseded: stop });
  if (result.kind === 'done') break;
  if (result.kind !== 'waiting' || result.until === null)
    throw new Error(describeError(new Error(JSON.stringify(result))));
  await clock.sleep(Math.max(0, result.until.getTime() - clock.now().getTime()));
}
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
