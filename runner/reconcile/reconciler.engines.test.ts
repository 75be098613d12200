import * as z from 'zod';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { AcceptedState } from '../ports.ts';
import { packWebChart, type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import { type RealReconciler, startRealReconciler } from '../testing/real-reconciler.ts';
import { webChartDigest, webImageDigest, webState } from '../testing/web-state.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const run = promisify(execFile);
const mirrored = (digest: string): string => `mirror.test/lf/web@${digest}`;

describe.skipIf(!engines.available)('the reconciler with the real Helm on a real API server', () => {
  let world: RealCluster;
  let made: RealReconciler;
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
  const observed = () => made.reconciler.status().observed?.version;

  beforeAll(async () => {
    world = await startRealCluster();
    const chart = await packWebChart(engines.path('helm'), world.ground.dir);
    made = await startRealReconciler(world, { helm: engines.path('helm'), charts: new Map([[webChartDigest, chart]]) });
  });
  afterAll(async () => {
    await made?.stop();
    await world?.close();
  });

  it('installs, with every image, also of hooks, rewritten to the mirror by digest', async () => {
    made.loop.accept(stateFor('1.0.0', { greeting: 'one' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.0.0');
    expect(made.reconciler.status().state).toBe('Running');
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
    made.loop.accept(stateFor('1.1.0', { greeting: 'two' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.1.0');
    expect(await helmHistory()).toEqual(['1 superseded', '2 deployed']);
  });

  it('takes a release back that never gets healthy', async () => {
    made.loop.accept(stateFor('1.2.0', { greeting: 'three', selector: { nowhere: 'true' } }, 4));
    await expect
      .poll(() => made.reconciler.status().denied.map((item) => item.version), { timeout: 60_000 })
      .toEqual(['1.2.0']);
    await expect.poll(() => made.reconciler.status().state, { timeout: 60_000 }).toBe('Running');
    await expect
      .poll(() => made.reconciler.status().conditions.map((condition) => condition.reason), { timeout: 60_000 })
      .toEqual(['Applied', 'ReleaseDenied']);
    expect(observed()).toBe('1.1.0');
    expect(await helmHistory()).toEqual(['1 superseded', '2 superseded', '3 superseded', '4 deployed']);
  });

  it('refuses a release with an image it does not pin, before anything is applied', async () => {
    const state = stateFor('1.2.1', { greeting: 'x' });
    const [component] = state.release?.components ?? [];
    if (component?.kind === 'helm') component.images.length = 0;
    made.loop.accept(state);
    await expect
      .poll(() => made.reconciler.status().denied.at(-1)?.reason, { timeout: 60_000 })
      .toMatch(/does not pin registry.test/);
    await expect.poll(() => made.reconciler.status().state, { timeout: 60_000 }).toBe('Running');
    expect(observed()).toBe('1.1.0');
  });

  it('puts back what is deleted by hand, woken by its watch, and Helm still owns it', async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const before = await world.kubernetes.get(ref);
    await world.kubernetes.delete(ref);
    await expect
      .poll(async () => (await world.kubernetes.get(ref))?.metadata.uid ?? before?.metadata.uid, { timeout: 30_000 })
      .not.toBe(before?.metadata.uid);
    await expect.poll(() => made.reconciler.status().state, { timeout: 30_000 }).toBe('Running');
    made.loop.accept(stateFor('1.3.0', { greeting: 'four' }));
    await expect.poll(observed, { timeout: 60_000 }).toBe('1.3.0');
    await expect
      .poll(() => made.reconciler.status().conditions.map((condition) => condition.reason))
      .toEqual(['Applied']);
    expect((await helmHistory()).at(-1)).toMatch(/deployed/);
  });

  it('goes on after a Helm that was killed in the middle of an upgrade', async () => {
    const revision = Number((await helmHistory()).at(-1)?.split(' ')[0]);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: `sh.helm.release.v1.web.v${revision}` };
    await world.kubernetes.patch(secret, { metadata: { labels: { status: 'pending-upgrade' } } });
    await expect.poll(helmHistory, { timeout: 60_000 }).toContain(`${revision + 1} deployed`);
  });

  it('then rests: a wake-up without a change costs no Helm', async () => {
    await expect.poll(() => made.results.at(-1)).toMatchObject({ kind: 'done' });
    const passes = made.results.length;
    const before = await helmHistory();
    made.loop.reconsider();
    await expect.poll(() => made.results.length).toBeGreaterThan(passes);
    expect(await helmHistory()).toEqual(before);
  });
});
