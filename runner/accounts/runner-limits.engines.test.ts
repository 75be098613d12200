import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import { createPullSecrets } from '../pull-secrets/index.ts';
import { createStore } from '../store/index.ts';
import { type Answer, type Caller, type GuardedCluster, startGuardedCluster } from '../testing/guarded-cluster.ts';
import { accounts, bindTo, foreign, pinned, pod, runs } from './testing/attacks.ts';
import { attempts, bindings, component, runner } from './testing/runner-attempts.ts';
import { dryly, untilIt, withoutRule, withRights } from './testing/without-rule.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
describe.skipIf(!engines.available)(
  "what the runner's own account may do, with the real chart on a real API server",
  () => {
    let world: GuardedCluster;
    let as: Caller;
    const never = new AbortController().signal;
    const status = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<number> =>
      (await world.cluster.admin.call(method, path, body)).status;

    beforeAll(async () => {
      world = await startGuardedCluster(engines.path('helm'));
      as = await world.callerWith(runner);
      for (const name of ['shop', 'customers']) await world.admin('POST', '/api/v1/namespaces', { metadata: { name } });
      await world.admin('PATCH', '/api/v1/namespaces/shop', {
        metadata: { labels: { 'landfall.dev/managed': 'true' } },
      });
      await world.admin('POST', bindings('shop'), bindTo('of-the-customer', 'ClusterRole', 'view', component));
      for (const name of [component.name]) {
        await world.admin('POST', `/api/v1/namespaces/${accounts}/serviceaccounts`, { metadata: { name } });
      }
      const secret = { metadata: { name: 'landfall-pull' }, type: 'Opaque' };
      await world.admin('POST', '/api/v1/namespaces/kube-system/secrets', secret);
      const path = '/api/v1/namespaces?dryRun=All';
      const lawless = { metadata: { name: 'probe', labels: { 'landfall.dev/images': 'any' } } };
      const guarded = async (): Promise<void> => {
        expect((await as('POST', path, lawless)).status).toBe(403);
        expect(await status('POST', '/api/v1/namespaces/shop/pods?dryRun=All', pod('probe', runs(foreign)))).toBe(403);
      };
      await vi.waitFor(guarded, { timeout: 20_000, interval: 100 });
    });
    afterAll(async () => world?.close());

    it('changes nothing in a product namespace but bindings and Secrets, as the API server lists its rights', async () => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const { body } = await as('POST', path, { spec: { namespace: 'shop' } });
      const rules = z
        .looseObject({
          status: z.object({
            resourceRules: z.array(
              z.object({
                apiGroups: z.array(z.string()).default([]),
                resources: z.array(z.string()).default([]),
                resourceNames: z.array(z.string()).default([]),
                verbs: z.array(z.string()),
              }),
            ),
          }),
        })
        .parse(body).status.resourceRules;
      const changing = rules.flatMap(({ verbs, resources, resourceNames, apiGroups }) => {
        expect([...verbs, ...resources, ...apiGroups]).not.toContain('*');
        const changes = verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb)).sort();
        const names = resourceNames.length === 0 ? '' : ` ${resourceNames.join()}`;
        return changes.length === 0 ? [] : [`${changes.join()} ${[...resources].sort().join()}${names}`];
      });
      expect(changing.sort()).toEqual([
        'bind clusterroles landfall-component',
        // Everybody may ask about themselves (system:basic-user).
        'create namespaces',
        'create selfsubjectaccessreviews,selfsubjectrulesreviews',
        'create selfsubjectreviews',
        'create,delete,patch rolebindings',
        'create,delete,patch secrets',
      ]);
    });

    it('writes a value of a secret input under the runner’s name for it, and no other Secret of the product', async () => {
      const put = (name: string) =>
        as('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name }, type: 'Opaque' });
      expect((await put('landfall-secret-token')).status).toBe(201);
      expect((await put('token')).status).toBe(403);
      expect((await put('sh.helm.release.v1.web.v1')).status).toBe(403);
    });

    it('keeps its own documents, and copies the pull secret by its name alone', async () => {
      const { kubernetes } = world;
      const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
      const journal = await openJournal(store);
      const lease = { epoch: 1, signal: never };
      const effects = createEffects({ journal, clock: systemClock, lease, stop: never });
      const data = { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') };
      const type = 'kubernetes.io/dockerconfigjson';
      await world.admin('POST', '/api/v1/namespaces/landfall-system/secrets', {
        metadata: { name: 'pull' },
        type,
        data,
      });
      const pullSecrets = createPullSecrets({
        ...{ kubernetes, effects },
        source: { namespace: 'landfall-system', name: 'pull' },
        namespaces: async () => new Set(['shop']),
        onTrouble: () => undefined,
      });
      await pullSecrets.ensureIn('shop', never);
      expect(await world.admin('GET', '/api/v1/namespaces/shop/secrets/landfall-pull')).toMatchObject({ data });
    });

    it.each(attempts)('$name: refused', async ({ attempt, guard }) => {
      const answer = await attempt(as);
      expect(answer.status).toBe(403);
      if (guard !== 'rights') expect(answer.message).toContain(guard);
    });

    it('in namespaces that the runner has made, whoever starts a pod takes an image of the mirror by its digest', async () => {
      const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
      expect(await status('POST', pods('shop'), pod('foreign', runs(foreign)))).toBe(403);
      expect(await status('POST', pods('shop'), pod('own', runs(pinned)))).toBe(201);
      expect(await status('POST', pods('customers'), pod('theirs', runs(foreign)))).toBe(201);
    });

    it("unless the customer says otherwise by the namespace's label; and what was there before may be changed", async () => {
      const pods = '/api/v1/namespaces/shop/pods';
      await world.admin('PATCH', '/api/v1/namespaces/shop', { metadata: { labels: { 'landfall.dev/images': 'any' } } });
      const started = async (): Promise<void> =>
        expect(await status('POST', pods, pod('exempt', runs(foreign)))).toBe(201);
      await vi.waitFor(started, { timeout: 20_000, interval: 100 });
      await world.admin('PATCH', '/api/v1/namespaces/shop', { metadata: { labels: { 'landfall.dev/images': null } } });
      const again = async (): Promise<void> =>
        expect(await status('POST', `${pods}?dryRun=All`, pod('foreign', runs(foreign)))).toBe(403);
      await vi.waitFor(again, { timeout: 20_000, interval: 100 });
      expect(await status('PATCH', `${pods}/exempt`, { metadata: { labels: { team: 'shop' } } })).toBe(200);
    });

    // The twins: the one thing that holds it is taken away, and it comes through.
    const dry = (attempt: (as: Caller) => Promise<Answer>) => () => attempt(dryly(as));
    const statusOf = async (attempt: (as: Caller) => Promise<Answer>): Promise<number> =>
      (await untilIt(dry(attempt), 'succeeds')).status;
    it.each(attempts.filter(({ guard }) => guard !== 'rights'))(
      '$name: without the rule of $guard that holds it, it succeeds, with the rights that the chart gives',
      async ({ attempt, guard }) => {
        const { message } = await untilIt(dry(attempt), 'is refused');
        expect(await withoutRule(world, guard, message, async () => statusOf(attempt))).toBeLessThan(300);
        await untilIt(dry(attempt), 'is refused');
      },
    );
    it.each(attempts.filter(({ guard }) => guard === 'rights'))(
      '$name: held by the lack of that right, and with it alone it succeeds',
      async ({ attempt, needs = [], behind }) => {
        const status = await withRights(world, runner, needs, async () => {
          if (behind === undefined) return statusOf(attempt);
          const { message } = await untilIt(dry(attempt), 'is refused', 'attempting to grant RBAC permissions');
          return withoutRule(world, behind, message, async () => statusOf(attempt));
        });
        expect(status).toBeLessThan(300);
        await untilIt(dry(attempt), 'is refused');
      },
    );
  },
);
