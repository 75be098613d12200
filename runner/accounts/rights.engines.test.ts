import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  desiredStateSchema,
  type JsonObject,
  type Release,
  releaseSchema,
  runnerPolicySchema,
  type Right,
  sha256,
  systemClock,
} from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createHelm, createProcessRunner, writePostRendererPlugin } from '../../engines/index.ts';
import type { AcceptedState, PassResult } from '../ports.ts';
import { createReconciler, type WatchedReconciler } from '../reconcile/index.ts';
import { type GuardedCluster, guardedMirror, startGuardedCluster } from '../testing/guarded-cluster.ts';
import { giveRights } from '../testing/guarded-reconciler.ts';
import { bundle } from '../testing/bundle.ts';
import { packWebChart } from '../testing/real-cluster.ts';
import { webState } from '../testing/web-state.ts';
import { firstRunner, shopInstall, silent, unused, wholeMirror } from '../testing/shop-install.ts';
import { shopKind } from '../testing/shop-kind.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const accounts = 'landfall-system-components';
const signals = { stop: new AbortController().signal, superseded: new AbortController().signal };

const topics: JsonObject = shopKind('Topic');
const settings: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} };
const topic: JsonObject = {
  apiVersion: 'shop.example/v1',
  kind: 'Topic',
  metadata: { name: 'orders' },
  spec: { of: 1 },
};
const manage = ['get', 'create', 'update', 'patch', 'delete'];
/** As `landfall release build` finds them in these objects. */
const rights: Right[] = [
  {
    scope: 'cluster',
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    resourceNames: ['topics.shop.example'],
    verbs: manage,
    reason: 'Applies its CustomResourceDefinition.',
  },
  {
    scope: 'namespace',
    apiGroups: ['shop.example'],
    resources: ['topics'],
    verbs: manage,
    reason: 'Applies its Topic.',
  },
];

describe.skipIf(!engines.available)(
  "components applied as accounts of their own, with the chart's rights and the real Helm",
  () => {
    let world: GuardedCluster;
    let reconciler: WatchedReconciler;
    const objects = new Map<string, JsonObject[]>();
    const events: string[] = [];
    let sequence = 0;

    beforeAll(async () => {
      world = await startGuardedCluster(engines.path('helm'));
      const { kubernetes, impersonation, ground } = world;
      const workDir = join(ground.dir, 'runner');
      await mkdir(workDir, { recursive: true });
      const pluginsDir = join(workDir, 'plugins');
      const postRenderer = await writePostRendererPlugin(pluginsDir, {
        command: process.execPath,
        args: [await bundle('post-render/main.ts', workDir)],
      });
      const chart = await packWebChart(engines.path('helm'), workDir);
      const { store, effects } = await firstRunner(kubernetes, signals.stop);
      const helmOptions = {
        binary: engines.path('helm'),
        homeDir: join(workDir, 'helm'),
        pluginsDir,
        connection: { kind: 'kubeconfig', path: world.kubeconfigPath } as const,
        runProcess: createProcessRunner({ clock: systemClock }),
      };
      reconciler = createReconciler({
        ...{ store, effects, kubernetes, workDir, postRenderer },
        clock: systemClock,
        namespace: 'landfall-system',
        helm: createHelm(helmOptions),
        accounts: { impersonation, helmAs: (user) => createHelm({ ...helmOptions, impersonate: { user } }) },
        tofuIn: unused,
        mirror: wholeMirror({
          referenceOf: ({ digest }) => `${guardedMirror}/shop/web@${digest}`,
          fetchChart: (_, file) => copyFile(chart, file),
          fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(objects.get(digest))),
        }),
        policy: { current: () => runnerPolicySchema.parse({}) },
        events: { ...silent, event: ({ reason, message }) => void events.push(`${reason}: ${message}`) },
        install: shopInstall,
        backoff: () => 200,
        onStatus: () => undefined,
      });
    });
    afterAll(async () => world?.close());

    /** `web`, as a chart, and what comes beside it. */
    const stateOf = (version: string, ...others: object[]): AcceptedState => {
      const web = webState(++sequence, version, { greeting: version });
      const release: Release = releaseSchema.parse({
        ...web.release,
        components: [...(web.release?.components ?? []), ...others],
      });
      const digest = sha256(JSON.stringify(release));
      const desired = desiredStateSchema.parse({ ...web.desired, release: { ...web.desired.release, digest } });
      return { desired, release, releaseDigest: digest };
    };
    const manifestsOf = (name: string, content: JsonObject[], stated: Right[] | undefined): object => {
      const digest = sha256(JSON.stringify(content));
      objects.set(digest, content);
      const manifests = { repository: 'shop/manifests', digest, mediaType: 'x/y', size: 1 };
      const more = stated === undefined ? {} : { rights: stated };
      const health = { timeoutSeconds: 20 };
      return { name, kind: 'manifests', namespace: 'shop', manifests, images: [], health, ...more };
    };
    const topicsOf = (stated: Right[]): object => manifestsOf('topics', [topics, topic], stated);
    const reach = async (state: AcceptedState): Promise<PassResult> => {
      for (let passes = 20; ; passes -= 1) {
        const result = await reconciler.pass(state, signals);
        const { until, reason } = result.kind === 'waiting' ? result : { until: null, reason: '' };
        if (until === null || reason === 'RightsNeeded' || passes === 0) return result;
        await systemClock.sleep(Math.max(0, until.getTime() - Date.now()));
      }
    };
    const there = async (path: string): Promise<boolean> =>
      (await world.cluster.admin.call('GET', path)).status === 200;
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/topics.shop.example';
    const bindingOf = (name: string): string => `${rbac}/namespaces/shop/rolebindings/landfall-component-${name}`;

    it("a chart is installed as its component's account, which the runner makes and binds, and by Helm as that account", async () => {
      expect(await reach(stateOf('1.0.0'))).toMatchObject({ kind: 'done' });
      expect(await there('/apis/apps/v1/namespaces/shop/deployments/web')).toBe(true);
      expect(await there(`/api/v1/namespaces/${accounts}/serviceaccounts/web`)).toBe(true);
      expect(await world.admin('GET', bindingOf('web'))).toMatchObject({
        roleRef: { kind: 'ClusterRole', name: 'landfall-component' },
        subjects: [{ kind: 'ServiceAccount', namespace: accounts, name: 'web' }],
      });
      // It was not by the runner's own rights: it has none to make a Deployment.
      const asked = { namespace: 'shop', group: 'apps', resource: 'deployments', verb: 'create' };
      expect(await world.impersonation.isAllowed(null, asked, signals.stop)).toBe(false);
      const user = `system:serviceaccount:${accounts}:web`;
      expect(await world.impersonation.isAllowed(user, asked, signals.stop)).toBe(true);
      expect(await world.impersonation.isAllowed(user, { ...asked, namespace: 'default' }, signals.stop)).toBe(false);
    });

    it('puts back what was deleted, and rolls what it is asked to, as the account, too', async () => {
      await world.admin('DELETE', '/api/v1/namespaces/shop/configmaps/web');
      expect(await reach(stateOf('1.0.0'))).toMatchObject({ kind: 'done' });
      expect(await there('/api/v1/namespaces/shop/configmaps/web')).toBe(true);
      await reconciler.restart('web', 'r1', signals.stop);
      const rolled = JSON.stringify(await world.admin('GET', '/apis/apps/v1/namespaces/shop/deployments/web'));
      expect(rolled).toContain('"landfall.dev/restart":"r1"');
    });

    it('gives the usual rights again when somebody took them away', async () => {
      await world.admin('DELETE', bindingOf('web'));
      expect(await reach(stateOf('1.0.1'))).toMatchObject({ kind: 'done' });
      expect(await there(bindingOf('web'))).toBe(true);
    });

    it('a release that needs more waits, names what is missing, and touches nothing', async () => {
      const result = await reach(stateOf('1.1.0', topicsOf(rights)));
      expect(result).toMatchObject({ kind: 'waiting', reason: 'RightsNeeded' });
      const { details } = z
        .object({ details: z.object({ rights: z.array(z.looseObject({ resource: z.string() })) }) })
        .parse(result);
      expect(new Set(details.rights.map(({ resource }) => resource))).toEqual(
        new Set(['customresourcedefinitions', 'topics']),
      );
      expect(await there(definition)).toBe(false);
      expect(reconciler.status().observed?.version).toBe('1.0.1');
    });

    it('when the customer has applied what is written down for them, it goes on by itself', async () => {
      const path = '/api/v1/namespaces/landfall-system/configmaps/landfall-rights-needed';
      await giveRights(world);
      expect(await reach(stateOf('1.1.0', topicsOf(rights)))).toMatchObject({ kind: 'done' });
      expect(await there(definition)).toBe(true);
      expect(await there('/apis/shop.example/v1/namespaces/shop/topics/orders')).toBe(true);
      expect(await there(path)).toBe(false);
    });

    it('what leaves the release is taken away as the account, and then the account', async () => {
      expect(await there(bindingOf('topics'))).toBe(true);
      expect(await reach(stateOf('1.2.0'))).toMatchObject({ kind: 'done' });
      expect(await there('/apis/shop.example/v1/namespaces/shop/topics/orders')).toBe(false);
      expect(await there(bindingOf('topics'))).toBe(false);
      expect(await there(`/api/v1/namespaces/${accounts}/serviceaccounts/topics`)).toBe(false);
      expect(await there(bindingOf('web'))).toBe(true);
    });

    it('a release that does not state what it needs fails, says so, and goes back', async () => {
      const reader: JsonObject = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'shop-reader' },
        rules: [],
      };
      await reach(stateOf('1.3.0', manifestsOf('roles', [reader], undefined)));
      const [denied] = reconciler.status().denied;
      expect(denied).toMatchObject({ version: '1.3.0', reason: expect.stringContaining('LF-RUNNER-150') });
      expect(reconciler.status()).toMatchObject({ observed: { version: '1.2.0' }, state: 'Running' });
      expect(await there(`${rbac}/clusterroles/shop-reader`)).toBe(false);
    });

    it('what moves to another namespace is taken away where it was, its rights with it', async () => {
      const state = stateOf('1.4.0', manifestsOf('settings', [settings], undefined));
      expect(await reach(state)).toMatchObject({ kind: 'done' });
      const places = ['shop', 'tools'];
      const left = (path: (namespace: string) => string) => Promise.all(places.map((place) => there(path(place))));
      const bound = (name: string) =>
        left((place) => `${rbac}/namespaces/${place}/rolebindings/landfall-component-${name}`);
      expect([await bound('web'), await bound('settings')]).toEqual([
        [true, false],
        [true, false],
      ]);
      const release = releaseSchema.parse({
        ...state.release,
        components: state.release?.components.map((each) => ({ ...each, namespace: 'tools' })),
      });
      const digest = sha256(JSON.stringify(release));
      const wanted = { ...state.desired.release, digest };
      const desired = desiredStateSchema.parse({ ...state.desired, sequence: ++sequence, release: wanted });
      expect(await reach({ desired, release, releaseDigest: digest })).toMatchObject({ kind: 'done' });
      expect(await left((place) => `/apis/apps/v1/namespaces/${place}/deployments/web`)).toEqual([false, true]);
      expect(await left((place) => `/api/v1/namespaces/${place}/configmaps/settings`)).toEqual([false, true]);
      expect([await bound('web'), await bound('settings')]).toEqual([
        [false, true],
        [false, true],
      ]);
    });
  },
);
