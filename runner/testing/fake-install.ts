import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Permission, runnerPolicySchema } from '../../contract/index.ts';
import type { MirrorProgress } from '../../oci/index.ts';
import { createEffects, endOrphans, type KillAt, openJournal } from '../effects/index.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import type { AcceptedState, InstallStatus, Mirror, PassResult } from '../ports.ts';
import { createReconciler, type WatchedReconciler } from '../reconcile/index.ts';
import type { ReconcilerOptions } from '../reconcile/parts.ts';
import { createTerraformState } from '../reconcile/memory/terraform-state.ts';
import { createStore } from '../store/index.ts';
import { terraformInterrupted } from '../assembly/facts-of-install.ts';
import { createAutoClock } from './auto-clock.ts';
import { createFakeBase } from './fake-base.ts';
import { createFakeHelm, writeFakeChart } from './fake-helm.ts';
import { createFakeKubernetes } from './fake-kubernetes.ts';
import { fakeHost } from './fake-lock.ts';
import { createFakeCloud, fakeModuleSchema } from './fake-tofu.ts';
import { artifactOf, type FakeComponent } from './fake-component.ts';
import { createMortality } from './mortality.ts';
import { acceptedOf, type MadeRelease } from './accepted-of.ts';
import { releaseOf, type ReleaseMaking } from './release-of.ts';

/** One customer's world: it outlives every runner that is started in it. */
export type FakeInstall = ReturnType<typeof createFakeInstall>;

export function createFakeInstall() {
  const kubernetes = createFakeKubernetes();
  const helm = createFakeHelm(kubernetes);
  /** What the account stack gives; null: nothing is compared. */
  const rights: { given: ReconcilerOptions['given'] | null } = { given: null };
  const clock = createAutoClock();
  const cloud = createFakeCloud(clock);
  const base = createFakeBase(clock);
  const workDir = mkdtempSync(join(tmpdir(), 'landfall-runner-'));
  const contents = new Map<string, unknown>();
  const policy = { now: runnerPolicySchema.parse({}) };
  const tended: Parameters<Mirror['tend']>[0][] = [];
  const mirrorFaults: { ensure: ((onProgress: (progress: MirrorProgress) => void) => void) | null } = { ensure: null };
  let epoch = 0;
  const facts = {
    id: 'acme',
    product: 'shop',
    region: 'eu-central-1',
    account: '1',
    prefix: 'lf-acme',
    vendorRegistry: 'vendor.test',
    state: { kind: 's3' as const, bucket: 'b', region: 'eu-central-1', kmsKeyArn: null },
    terraformEnv: {},
  };

  const mirror: Mirror = {
    ensure: async (_release, _registry, { onProgress }) => mirrorFaults.ensure?.(onProgress),
    tend: async (kept) => void tended.push(kept),
    referenceOf: (artifact) => `mirror.test/lf/${artifact.repository}@${artifact.digest}`,
    fetchChart: (artifact, file) => writeFakeChart(file, contents.get(artifact.digest)),
    fetchManifests: async (artifact, file) => writeFile(file, JSON.stringify(contents.get(artifact.digest))),
    fetchModule: async (artifact, dir) => {
      await mkdir(dir, { recursive: true });
      const content = contents.get(artifact.digest);
      const { files = {} } = fakeModuleSchema.parse(content);
      await writeFile(join(dir, 'module.json'), JSON.stringify(content));
      for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    },
    fetchProviders: async () => undefined,
  };

  const making: ReleaseMaking = {
    namespace: 'shop',
    artifactOf: (content) => {
      const artifact = artifactOf(content);
      contents.set(artifact.digest, content);
      return artifact;
    },
    chartImages: [],
    healthSeconds: () => 30,
  };
  const release = (version: string, components: FakeComponent[], permissions: Permission[] = []): MadeRelease =>
    releaseOf(making, version, components, permissions);

  let sequence = 0;
  const accept = (what: MadeRelease | null, more: Parameters<typeof acceptedOf>[3] = {}): AcceptedState =>
    acceptedOf(++sequence, 'vendor.test', what, more);

  const startRunner = async (
    options: {
      killAt?: KillAt;
      backoff?: (failures: number) => number;
      guards?: { ownBranch: false };
      /** The cluster as this runner meets it. */
      cluster?: (real: Kubernetes) => Kubernetes;
      over?: Partial<ReconcilerOptions>;
    } = {},
  ) => {
    epoch += 1;
    const mine = epoch;
    const mortal = createMortality();
    const api = mortal.own(options.cluster?.(kubernetes) ?? kubernetes);
    const time: Clock = { now: () => clock.now(), sleep: (ms, signal) => mortal.own(clock).sleep(ms, signal) };
    const store = createStore({ kubernetes: api, namespace: 'landfall-system', epoch: () => mine });
    const journal = await openJournal(store);
    const interrupted = await endOrphans(journal, async () => false);
    let markKilled: (how: 'killed') => void = () => undefined;
    const killed = new Promise<'killed'>((resolve) => {
      markKilled = resolve;
    });
    const die = (): void => {
      mortal.die();
      markKilled('killed');
    };
    const stop = new AbortController();
    const effects = createEffects({
      by: { identity: `pod/landfall-system/runner-${epoch}/${epoch}`, host: fakeHost },
      journal,
      clock: time,
      lease: { epoch: mine, signal: stop.signal },
      stop: stop.signal,
      killAt: options.killAt,
      kill: () => {
        die();
        return new Promise<never>(() => undefined);
      },
    });
    const events: string[] = [];
    const statuses: InstallStatus[] = [];
    const reconciler: WatchedReconciler = createReconciler({
      store,
      effects,
      kubernetes: api,
      namespace: 'landfall-system',
      helm: mortal.engine(helm),
      postRenderer: 'landfall',
      tofuIn: (dir, _, env = {}) =>
        mortal.engine(env['AWS_PROFILE'] === undefined ? cloud.tofuIn(dir, env) : base.tofuIn(dir, env)),
      base: base.parts(),
      guards: options.guards,
      given: rights.given ?? undefined,
      mirror: mortal.own(mirror),
      clock: time,
      workDir,
      ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
      policy: { current: () => policy.now },
      events: {
        event: (event) => events.push(`${event.reason}${event.component === null ? '' : ` ${event.component}`}`),
        componentState: () => undefined,
        log: () => undefined,
      },
      install: facts,
      terraformState: createTerraformState(
        { host: fakeHost, interrupted: terraformInterrupted(interrupted) },
        { clock: time, mirror: options.over?.mirror ?? mirror, workDir },
      ),
      onStatus: (status) => statuses.push(status),
      ...options.over,
    });
    const superseded = new AbortController();
    const pass = (state: AcceptedState): Promise<PassResult | 'killed'> =>
      Promise.race([reconciler.pass(state, { stop: stop.signal, superseded: superseded.signal }), killed]);
    return { reconciler, pass, die, events, statuses, journal, stop, superseded, store, effects };
  };

  /** The names of Deployments that are there, and the fingerprint-independent story of each Helm release. */
  const deployments = (): string[] =>
    kubernetes
      .all('Deployment')
      .map((object) => object.metadata.name)
      .sort();
  const helmHistory = (name: string): string[] =>
    kubernetes
      .all('Secret')
      .filter((secret) => secret.metadata.labels?.['name'] === name)
      .map((secret) => `${secret.metadata.labels?.['version']} ${secret.metadata.labels?.['status']}`)
      .sort();

  return {
    mirror,
    workDir,
    facts,
    kubernetes,
    helm,
    cloud,
    base,
    rights,
    clock,
    policy,
    mirrorFaults,
    /** What the mirror was asked to keep, pass by pass. */
    tended,
    release,
    accept,
    startRunner,
    deployments,
    helmHistory,
    dispose: () => rmSync(workDir, { recursive: true, force: true }),
  };
}

export function conditionsOf(status: InstallStatus): Record<string, string> {
  return Object.fromEntries(
    status.conditions.map((condition) => [condition.type, `${condition.status} ${condition.reason}`]),
  );
}
