import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { systemClock } from '../../../../contract/index.ts';
import {
  createGroupGuard,
  createHelm,
  createProcessRunner,
  createTofu,
  endStaleProcess,
  findSetpriv,
  writePostRendererPlugin,
} from '../../../../engines/index.ts';
import { createNetwork, undiciConnector } from '../../../../oci/index.ts';
import { terraformInterrupted } from '../../../assembly/facts-of-install.ts';
import { createEffects, endOrphans, openJournal } from '../../../effects/index.ts';
import { createKubernetes, createWatchedKubernetes, kubeconfigConnection } from '../../../kubernetes/index.ts';
import { acquireLease, holderGone, processIdentity } from '../../../lease/index.ts';
import {
  createKeptReleases,
  createMirror,
  createMirrorRecord,
  createVendorRegistries,
  distributionRegistry,
  imagesInUse,
} from '../../../mirror/index.ts';
import type { EventSink } from '../../../ports.ts';
import { createReconciler, createTerraformState } from '../../index.ts';
import { createStore } from '../../../store/index.ts';
import { passToRest } from '../to-rest.ts';
import { type ProcessLine, processSchema } from './process-lines.ts';
import { dieAsTold } from './die.ts';

// The core of a runner as a process of its own: lease, journal, the real Helm and OpenTofu, the mirror between two registries; without the
// channel to a vendor. Makes passes until it rests, says each call of an engine and how it ended, and may be told where to die.

const say = (line: ProcessLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const given = processSchema.parse(JSON.parse(await readFile(process.argv.at(-1) ?? '', 'utf8')));
const { namespace, workDir, prefix } = given;
const clock = systemClock;
const stop = new AbortController().signal;
const connection = await kubeconfigConnection(given.kubeconfig);
const dispatcher = new Agent({ connect: { ca: connection.caPem ?? '' }, bodyTimeout: 0 });
const kubernetes = createWatchedKubernetes(createKubernetes({ connection, dispatcher, clock }), clock);
const identity = await processIdentity(process.pid, String(process.pid));
const gone = (holder: string) => holderGone(holder, identity);
const lease = await acquireLease(
  { kubernetes, clock, namespace, name: 'landfall-runner', identity, holderGone: gone },
  stop,
);
const store = createStore({ kubernetes, namespace, epoch: () => lease.epoch });
const journal = await openJournal(store);
const interrupted = await endOrphans(journal, endStaleProcess);
const by = { identity, host: hostname() };
const { killAt } = given;
const kill = dieAsTold(given, kubernetes);
const effects = createEffects({ journal, clock, lease, by, stop, killAt, kill });
const guard = createGroupGuard();
const runProcess = createProcessRunner({ clock, setpriv: await findSetpriv(), guard });
const events: EventSink = {
  event: ({ reason, component, message }) => say({ told: `${reason} ${component}: ${message}` }),
  componentState: (component, from, to) => say({ told: `${component}: ${from} -> ${to}` }),
  log: (level, message) => say({ told: `${level} ${message}` }),
};

const network = createNetwork({ ca: given.caPem });

const wayTo = {
  dispatcher: new Agent({ connect: undiciConnector(network.connect()) }),
  connect: network.connect(),
  lookup: network.lookup,
};
const own = distributionRegistry({
  ...{ host: given.own.host, prefix, clock, way: wayTo },
  credentials: async () => given.own,
});
const mirror = createMirror({
  vendor: createVendorRegistries({
    ...{ host: given.vendor.host, clock, wayTo: () => wayTo },
    credentials: async () => given.vendor,
  }),
  ...{ own, clock, effects, events, keepReleases: 3 },
  record: createMirrorRecord(store),
  kept: createKeptReleases(store),
  copy: { platforms: [], referrers: false },
  inUse: (signal) => imagesInUse(kubernetes, `${given.own.host}/${prefix}/`, signal),
});

const pluginsDir = join(workDir, 'plugins');
const postRenderer = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [given.postRender] });
const helm = createHelm({
  binary: given.helm,
  homeDir: join(workDir, 'helm'),
  pluginsDir,
  connection: { kind: 'kubeconfig', path: given.kubeconfig },
  runProcess,
});
const tofuIn = (dir: string, cliConfigPath: string, env: Readonly<Record<string, string>> = {}) =>
  createTofu({ binary: given.tofu, workDir: dir, cliConfigPath, env: { ...given.terraformEnv, ...env }, runProcess });
const reconciler = createReconciler({
  ...{ store, effects, kubernetes, namespace, clock, workDir, postRenderer, mirror, events },
  helm: {
    ...helm,
    upgradeInstall: (request, call) => {
      say({ helm: `upgrade ${request.name}` });
      return helm.upgradeInstall(request, call);
    },
    rollback: (request, call) => {
      say({ helm: `rollback ${request.name} ${request.revision}` });
      return helm.rollback(request, call);
    },
    uninstall: (request, call) => {
      say({ helm: `uninstall ${request.name}` });
      return helm.uninstall(request, call);
    },
  },
  tofuIn: (...args) => {
    const tofu = tofuIn(...args);
    return {
      ...tofu,
      plan: (request, call) => {
        const kind = request.refreshOnly === true ? 'refresh' : request.destroy === true ? 'plan-destroy' : 'plan';
        say({ tofu: kind });
        return tofu.plan(request, call);
      },
      apply: (request, call) => {
        say({ tofu: 'apply' });
        return tofu.apply(request, call);
      },
      forceUnlock: (request, call) => {
        say({ tofu: 'force-unlock' });
        return tofu.forceUnlock(request, call);
      },
    };
  },
  policy: { current: () => given.policy },
  install: {
    ...{ id: 'acme', product: 'shop', region: 'eu-central-1', account: '1', prefix },
    vendorRegistry: given.vendor.host,
    state: { kind: 's3', bucket: given.bucket, region: 'eu-central-1', kmsKeyArn: null },
    terraformEnv: given.terraformEnv,
  },
  terraformState: createTerraformState({ interrupted: terraformInterrupted(interrupted) }, { clock, mirror, workDir }),
  backoff: (failures) => Math.min(250 * 2 ** failures, 1_000),
  onStatus: () => undefined,
});

const signals = { stop: lease.signal, superseded: new AbortController().signal };
const result = await passToRest(
  async () => {
    const passed = await reconciler.pass(given.state, signals);
    say({ passed: passed.kind === 'waiting' ? passed.reason : passed.kind });
    return passed;
  },
  given.passes,
  {
    // A loop makes a pass when what was put back gets ready; here it is looked for.
    rests: () => !reconciler.status().conditions.some(({ reason }) => reason === 'ComponentsNotReady'),
    pause: (until) => clock.sleep(until === null ? 200 : Math.max(0, until.getTime() - clock.now().getTime())),
  },
);
say({ ended: result });
await lease.release();
guard.stop();
// Connections to registries are kept for a while: nothing is waited for that nobody needs any more.
process.exit(0);
