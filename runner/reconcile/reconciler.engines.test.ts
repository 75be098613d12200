import { z } from 'zod';
import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, runnerPolicySchema, systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createHelm, createProcessRunner, writePostRendererPlugin } from '../../engines/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import { createLoop, type Loop } from '../loop.ts';
import type { AcceptedState, PassResult } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { bundle, packWebChart, type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import { webImageDigest, webState } from '../testing/web-state.ts';
import { createReconciler, type WatchedReconciler } from './index.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const run = promisify(execFile);
const mirrored = (digest: string): string => `mirror.test/lf/web@${digest}`;

describe.skipIf(!engines.available)('the reconciler with the real Helm on a real API server', () => {
  let world: RealCluster;
  let reconciler: WatchedReconciler;
  let loop: Loop;
  const results: PassResult[] = [];
  const stop = new AbortController();
  let running: Promise<void>;
  let sequence = 0;

  const stateFor = (version: string, values: JsonObject, timeoutSeconds?: number): AcceptedState =>
    webState(++sequence, version, values, timeoutSeconds);
  const helmHistory = async (): Promise<string[]> => {
    const { stdout } = await run(engines.path('helm'), ['history', 'web', '--namespace=shop', '--output=json'], {
      env: { KUBECONFIG: world.cluster.adminKubeconfigPath, PATH: '/usr/bin:/bin', HOME: world.ground.dir },
    });
    return z
      .array(z.object({ revision: z.number(), status: z.string() }))
      .parse(JSON.parse(stdout))
      .map((row) => `${row.revision} ${row.status}`);
  };
  const observed = () => reconciler.status().observed?.version;

  beforeAll(async () => {
    world = await startRealCluster();
    const { kubernetes, ground } = world;
    const workDir = join(ground.dir, 'runner');
    await mkdir(workDir, { recursive: true });
    const pluginsDir = join(workDir, 'plugins');
    const postRenderer = await writePostRendererPlugin(pluginsDir, {
      command: process.execPath,
      args: [await bundle('post-render/main.ts', workDir)],
    });
    const chart = await packWebChart(engines.path('helm'), workDir);
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    const effects = createEffects({
      journal: await openJournal(store),
      clock: systemClock,
      lease: { epoch: 1, signal: stop.signal },
      stop: stop.signal,
    });
    const runProcess = createProcessRunner({ clock: systemClock });
    reconciler = createReconciler({
      store,
      effects,
      kubernetes,
      clock: systemClock,
      workDir,
      postRenderer,
      namespace: 'landfall-system',
      helm: createHelm({
        binary: engines.path('helm'),
        homeDir: join(workDir, 'helm'),
        pluginsDir,
        connection: { kind: 'kubeconfig', path: world.kubeconfigPath },
        runProcess,
      }),
      tofuIn: () => {
        throw new Error('no terraform here');
      },
      mirror: {
        tend: () => Promise.resolve(),
        ensure: async () => undefined,
        referenceOf: (artifact) => mirrored(artifact.digest),
        fetchChart: async (_, file) => copyFile(chart, file),
        fetchManifests: async () => undefined,
        fetchModule: async () => undefined,
        fetchProviders: async () => undefined,
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
    loop = createLoop({ reconciler, kubernetes, clock: systemClock, onPass: (result) => results.push(result) });
    running = loop.run(stop.signal);
  });
  afterAll(async () => {
    stop.abort();
    await running;
    await world?.close();
  });

  it('installs, with every image, also of hooks, rewritten to the mirror by digest', async () => {
    loop.accept(stateFor('1.0.0', { greeting: 'one' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.0.0');
    expect(reconciler.status().state).toBe('Running');
    const { items } = await world.kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
    const images = items.map(
      (pod) =>
        z.object({ containers: z.array(z.object({ image: z.string() })) }).parse(pod['spec']).containers[0]?.image,
    );
    expect(images.length).toBe(3);
    expect(new Set(images)).toEqual(new Set([mirrored(webImageDigest)]));
    const config = await world.kubernetes.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' });
    expect(config?.['data']).toEqual({ greeting: 'one', on: 'off' });
  });

  it('upgrades', async () => {
    loop.accept(stateFor('1.1.0', { greeting: 'two' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.1.0');
    expect(await helmHistory()).toEqual(['1 superseded', '2 deployed']);
  });

  it('takes a release back that never gets healthy', async () => {
    loop.accept(stateFor('1.2.0', { greeting: 'three', selector: { nowhere: 'true' } }, 4));
    await expect
      .poll(() => reconciler.status().denied.map((item) => item.version), { timeout: 60_000 })
      .toEqual(['1.2.0']);
    await expect.poll(() => reconciler.status().state, { timeout: 60_000 }).toBe('Running');
    await expect
      .poll(() => reconciler.status().conditions.map((condition) => condition.reason), { timeout: 60_000 })
      .toEqual(['Applied', 'ReleaseDenied']);
    expect(observed()).toBe('1.1.0');
    expect(await helmHistory()).toEqual(['1 superseded', '2 superseded', '3 superseded', '4 deployed']);
  });

  it('refuses a release with an image it does not pin, before anything is applied', async () => {
    const state = stateFor('1.2.1', { greeting: 'x' });
    const [component] = state.release?.components ?? [];
    if (component?.kind === 'helm') component.images.length = 0;
    loop.accept(state);
    await expect
      .poll(() => reconciler.status().denied.at(-1)?.reason, { timeout: 60_000 })
      .toMatch(/does not pin registry.test/);
    await expect.poll(() => reconciler.status().state, { timeout: 60_000 }).toBe('Running');
    expect(observed()).toBe('1.1.0');
  });

  it('puts back what is deleted by hand, woken by its watch, and Helm still owns it', async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const before = await world.kubernetes.get(ref);
    await world.kubernetes.delete(ref);
    await expect
      .poll(async () => (await world.kubernetes.get(ref))?.metadata.uid ?? before?.metadata.uid, { timeout: 30_000 })
      .not.toBe(before?.metadata.uid);
    await expect.poll(() => reconciler.status().state, { timeout: 30_000 }).toBe('Running');
    loop.accept(stateFor('1.3.0', { greeting: 'four' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.3.0');
    await expect.poll(() => reconciler.status().conditions.map((condition) => condition.reason)).toEqual(['Applied']);
    expect((await helmHistory()).at(-1)).toMatch(/deployed/);
  });

  it('goes on after a Helm that was killed in the middle of an upgrade', async () => {
    const revision = Number((await helmHistory()).at(-1)?.split(' ')[0]);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: `sh.helm.release.v1.web.v${revision}` };
    await world.kubernetes.patch(secret, { metadata: { labels: { status: 'pending-upgrade' } } });
    await expect.poll(helmHistory, { timeout: 60_000 }).toContain(`${revision + 1} deployed`);
  });

  it('then rests: a wake-up without a change costs no Helm', async () => {
    await expect.poll(() => results.at(-1)).toMatchObject({ kind: 'done' });
    const passes = results.length;
    const before = await helmHistory();
    loop.reconsider();
    await expect.poll(() => results.length).toBeGreaterThan(passes);
    expect(await helmHistory()).toEqual(before);
  });
});
