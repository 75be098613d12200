import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { type ChartComponent, chartState } from '../testing/chart-state.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import { type RealReconciler, startRealReconciler } from '../testing/real-reconciler.ts';
import { shopKind } from '../testing/shop-kind.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const run = promisify(execFile);
const soon = { timeout: 60_000, interval: 100 };

const config = `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { greeting: {{ .Values.greeting | quote }} }
`;
const widget = `---
apiVersion: shop.example/v1
kind: Widget
metadata: { name: {{ .Release.Name }} }
spec: { greeting: {{ .Values.greeting | quote }} }
`;
const definition = shopKind('Widget');
const crd = { apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name };

describe.skipIf(!engines.available)('what a real API server refuses, with the real Helm', () => {
  let world: RealCluster;
  let made: RealReconciler;
  let sequence = 0;
  const charts = new Map<string, string>();

  const pack = async (name: string, templates: string): Promise<void> => {
    const dir = join(world.ground.dir, `chart-${name}`);
    await mkdir(join(dir, name, 'templates'), { recursive: true });
    await writeFile(join(dir, name, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
    await writeFile(join(dir, name, 'values.yaml'), 'greeting: hello\n');
    await writeFile(join(dir, name, 'templates', 'all.yaml'), templates);
    await run(engines.path('helm'), ['package', join(dir, name), '--destination', dir]);
    charts.set(sha256(name), join(dir, `${name}-1.0.0.tgz`));
  };
  const component = (name: string, chart: string, greeting: string): ChartComponent => ({
    ...{ name, chart, images: [], values: { greeting } },
    namespace: name === 'plain' ? 'apart' : 'shop',
  });
  const accept = (version: string, ...components: ChartComponent[]): void =>
    made.loop.accept(chartState(++sequence, version, components));
  const reached = async (version: string): Promise<void> => {
    await expect
      .poll(
        () => {
          made.loop.wake(); // Nobody waits for the longest pause here.
          return made.reconciler.status().observed?.version;
        },
        { ...soon, interval: 1_000 },
      )
      .toBe(version);
    expect(made.reconciler.status().denied).toEqual([]);
  };
  const waitsFor = async (reason: string): Promise<void> => {
    await expect.poll(() => made.reconciler.status().waitingFor?.reason, soon).toBe(reason);
  };
  const greetingOf = async (kind: string, name: string): Promise<string> => {
    const apiVersion = kind === 'Widget' ? 'shop.example/v1' : 'v1';
    const namespace = name === 'plain' ? 'apart' : 'shop';
    return JSON.stringify(await world.kubernetes.get({ apiVersion, kind, namespace, name }).catch(() => null));
  };

  beforeAll(async () => {
    world = await startRealCluster();
    await pack('plain', config);
    await pack('custom', config + widget);
    made = await startRealReconciler(world, { helm: engines.path('helm'), charts });
    await world.kubernetes.create(definition);
  });
  afterAll(async () => {
    await made?.stop();
    await world?.close();
  });

  it('is nothing while all is well', async () => {
    await expect
      .poll(
        () => world.kubernetes.isNamespaced({ apiVersion: 'shop.example/v1', kind: 'Widget' }).catch(() => null),
        soon,
      )
      .toBe(true);
    accept('1.0.0', component('web', 'plain', 'one'), component('plain', 'plain', 'one'));
    await reached('1.0.0');
  });

  it('by a quota: waited for by its name, blamed on nobody, and gone on with when there is room', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'shop', name: 'none' };
    const hard = { 'count/configmaps': '1', 'count/widgets.shop.example': '0' };
    await world.kubernetes.create({ ...quota, metadata: { name: 'none', namespace: 'shop' }, spec: { hard } });
    accept(
      '1.1.0',
      component('web', 'plain', 'two'),
      component('more', 'plain', 'two'),
      component('plain', 'plain', 'two'),
    );
    await waitsFor('QuotaExceeded');
    expect(made.reconciler.status().waitingFor?.message).toMatch(/exceeded quota: none|quota: none/);
    expect(made.reconciler.status().denied).toEqual([]);
    await world.kubernetes.delete(quota);
    await reached('1.1.0');
    expect(await greetingOf('ConfigMap', 'more')).toContain('two');
  });

  it('by a webhook that does not answer: the same', async () => {
    const hook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      name: 'silent',
    };
    const rule = {
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['UPDATE'],
      resources: ['configmaps'],
      scope: '*',
    };
    await world.kubernetes.create({
      ...hook,
      metadata: { name: 'silent' },
      webhooks: [
        {
          name: 'silent.corp.example',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [rule],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
          failurePolicy: 'Fail',
          timeoutSeconds: 1,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    const three = (name: string): ChartComponent => component(name, 'plain', 'three');
    await expect
      .poll(
        () =>
          world.kubernetes
            .patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' }, { data: { probe: 'x' } })
            .then(
              () => 'let in',
              () => 'refused',
            ),
        soon,
      )
      .toBe('refused');
    accept('1.2.0', three('web'), three('more'), three('plain'));
    await waitsFor('WebhookUnavailable');
    expect(made.reconciler.status().waitingFor?.message).toContain('silent.corp.example');
    await world.kubernetes.delete(hook);
    await reached('1.2.0');
    expect(await greetingOf('ConfigMap', 'web')).toContain('three');
  });

  it('by a kind that somebody takes away: kept, upgraded and removed components wait for it by name, and go on with it', async () => {
    const custom = (greeting: string): ChartComponent => component('custom', 'custom', greeting);
    accept('2.0.0', custom('one'), component('plain', 'plain', 'three'));
    await reached('2.0.0');
    expect(await greetingOf('Widget', 'custom')).toContain('one');

    await world.kubernetes.delete(crd);
    await expect.poll(() => greetingOf('Widget', 'custom'), soon).toBe('null');
    await world.kubernetes.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apart', name: 'plain' });
    made.loop.wake();
    await waitsFor('KindMissing');
    expect(made.reconciler.status().waitingFor?.message).toContain('Widget');
    await expect.poll(() => greetingOf('ConfigMap', 'plain'), soon).toContain('three');

    accept('2.1.0', custom('two'), component('plain', 'plain', 'four'));
    await expect.poll(() => greetingOf('ConfigMap', 'plain'), soon).toContain('four');
    await waitsFor('KindMissing');
    expect(made.reconciler.status().denied).toEqual([]);

    accept('3.0.0', component('plain', 'plain', 'five'));
    await expect.poll(() => greetingOf('ConfigMap', 'plain'), soon).toContain('five');
    await expect.poll(() => made.reconciler.status().waitingFor?.reason ?? 'none', soon).not.toBe('none');
    expect(made.reconciler.status().waitingFor).toMatchObject({ reason: 'KindMissing' });

    await world.kubernetes.create({ ...definition });
    await reached('3.0.0');
    expect(await greetingOf('ConfigMap', 'custom')).toBe('null');
  });

  it('in a namespace that hangs: nothing is applied in it, what holds it is told, and it is made anew', async () => {
    accept('4.0.0', component('web', 'plain', 'one'), component('plain', 'plain', 'one'));
    await reached('4.0.0');
    const held = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'held' };
    await world.kubernetes.create({ ...held, metadata: { ...held, finalizers: ['corp.example/never'] } });
    await world.kubernetes.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    await expect.poll(() => greetingOf('ConfigMap', 'web'), soon).toBe('null');
    await world.kubernetes.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apart', name: 'plain' });
    made.loop.wake();
    await waitsFor('NamespaceTerminating');
    await expect
      .poll(
        () => {
          made.loop.wake();
          return made.reconciler.status().waitingFor?.message ?? '';
        },
        { ...soon, interval: 1_000 },
      )
      .toMatch(/shop is being deleted .*corp\.example\/never/);
    await expect.poll(() => greetingOf('ConfigMap', 'plain'), soon).toContain('one');

    await world.kubernetes.patch(held, { metadata: { finalizers: null } });
    await expect
      .poll(
        () => {
          made.loop.wake();
          return greetingOf('ConfigMap', 'web');
        },
        { ...soon, interval: 1_000 },
      )
      .toContain('one');
    expect(made.reconciler.status().waitingFor).toBeNull();
  });
});
