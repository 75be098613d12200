import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import * as z from 'zod';
import { type JsonObject, sha256 } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';
import { type ChartComponent, chartState } from './chart-state.ts';
import { startRealCluster } from './real-cluster.ts';
import { startRealReconciler } from './real-reconciler.ts';

const run = promisify(execFile);
const charts = join(import.meta.dirname, '..', '..', 'test', 'charts');
const images = ['registry.test/app:1', 'registry.test/tool:1', 'registry.test/agent:1'];
const soon = { timeout: 60_000 };

export type ShopWorld = Awaited<ReturnType<typeof startShopWorld>>;

/** The chart of test/charts/shop (`one`; `two` with changed definitions; `large`), the real reconciler, and ways to look at the cluster from outside. */
export async function startShopWorld(helm: string) {
  const world = await startRealCluster();
  const packed = new Map<string, string>();
  const dir = join(world.ground.dir, 'charts');
  const pack = async (id: string, change: (chart: string) => Promise<void>): Promise<void> => {
    const chart = join(dir, id, 'shop');
    await cp(join(charts, 'shop'), chart, { recursive: true });
    await change(chart);
    await run(helm, ['package', chart, '--destination', join(dir, id)]);
    packed.set(sha256(id), join(dir, id, 'shop-1.0.0.tgz'));
  };
  await pack('one', async () => undefined);
  await pack('two', async (chart) => {
    const file = join(chart, 'crds', 'topics.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('generation one', 'generation two'));
  });
  await pack('large', async (chart) => {
    await mkdir(join(chart, 'files'));
    await writeFile(join(chart, 'files', 'model.bin'), randomBytes(900_000));
  });
  const { kubernetes } = world;
  await kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of ['volume-1', 'volume-2']) {
    const spec = { storageClassName: 'test', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
    const volume = { ...spec, hostPath: { path: `/nowhere/${name}` } };
    await kubernetes.create({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: volume });
  }
  const real = await startRealReconciler(world, { helm, charts: packed });
  const status = () => real.reconciler.status();
  const denied = (): string => status().denied.at(-1)?.reason ?? '';

  /** One object, or null; read as a person with the cluster would. */
  const get = (kind: string, name: string, apiVersion = 'v1'): Promise<KubeObject | null> =>
    kubernetes.get({ apiVersion, kind, name, namespace: 'shop' });
  const list = async (kind: string, apiVersion: string): Promise<KubeObject[]> =>
    (await kubernetes.list({ apiVersion, kind, namespace: 'shop' })).items;
  const namesOf = async (kind: string, apiVersion: string): Promise<string[]> =>
    (await list(kind, apiVersion)).map(({ metadata }) => metadata.name);
  const dataOf = async (kind: string, name: string): Promise<Record<string, string>> =>
    z.record(z.string(), z.string()).parse((await get(kind, name))?.['data']);
  const definition = (name: string) => get('CustomResourceDefinition', name, 'apiextensions.k8s.io/v1');
  const deployment = async (): Promise<{ uid: string; replicas: number }> => {
    const found = await get('Deployment', 'shop', 'apps/v1');
    const { replicas } = z.looseObject({ replicas: z.number() }).parse(found?.['spec']);
    return { uid: found?.metadata.uid ?? '', replicas };
  };
  const history = async (): Promise<string[]> => {
    const { stdout } = await run(helm, ['history', 'shop', '--namespace=shop', '--output=json'], {
      env: { KUBECONFIG: world.cluster.adminKubeconfigPath, PATH: '/usr/bin:/bin', HOME: world.ground.dir },
    });
    const rows = z.array(z.object({ revision: z.number(), status: z.string() })).parse(JSON.parse(stdout));
    return rows.map(({ revision, status }) => `${revision} ${status}`);
  };

  const shop = (values: JsonObject, settings: JsonObject = {}, chart = 'one'): ChartComponent => ({
    name: 'shop',
    chart,
    namespace: 'shop',
    images,
    values,
    settings: {
      valuesFrom: [{ kind: 'secret', name: 'db', key: 'password', path: 'password' }],
      labels: { 'example.com/team': 'shop', install: '${install.id}' },
      historyLimit: 5,
      test: { timeoutSeconds: 60 },
      ...settings,
    },
  });
  let sequence = 0;
  const accept = (...components: ChartComponent[]): string => {
    const version = `1.${++sequence}.0`;
    real.loop.accept(chartState(sequence, version, components));
    return version;
  };
  const reaches = async (...components: ChartComponent[]): Promise<void> => {
    const version = accept(...components);
    const outcome = (): string | undefined =>
      status().denied.some((each) => each.version === version) ? denied() : status().observed?.version;
    await expect.poll(outcome, { timeout: 90_000 }).toBe(version);
    await expect.poll(() => status().state, soon).toBe('Running');
  };
  const isDenied = async (reason: RegExp, ...components: ChartComponent[]): Promise<void> => {
    const version = accept(...components);
    await expect.poll(() => status().denied.at(-1)?.version, { timeout: 90_000 }).toBe(version);
    expect(denied()).toMatch(reason);
    const reasons = (): string[] => status().conditions.map((each) => each.reason);
    await expect.poll(reasons, { timeout: 90_000 }).toContain('ReleaseDenied');
    await expect.poll(() => status().state, soon).toBe('Running');
  };
  const close = async (): Promise<void> => {
    await real.stop();
    await world.close();
  };
  const { adminKubeconfigPath } = world.cluster;
  const asAdmin = { adminKubeconfigPath, dir: world.ground.dir };
  const looks = { get, list, namesOf, dataOf, definition, deployment, history };
  return { kubernetes, real, status, ...asAdmin, ...looks, shop, accept, reaches, isDenied, close };
}
