import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import { createStore } from '../store/index.ts';
import { type Caller, type GuardedCluster, startGuardedCluster } from '../testing/guarded-cluster.ts';
import { accounts, bindTo, deployment, foreign, nodeVolume, pinned, pod, rbac, runs } from './testing/attacks.ts';
import { operator, type PodAttack, podAttacks } from './testing/pod-attacks.ts';
import { dryly, untilIt, withoutRule } from './testing/without-rule.ts';
import { giveUsualRights } from './usual-rights.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');

describe.skipIf(!engines.available)(
  'a pod of the product that tries to break out, with what its component can hand on to it, on a real API server',
  () => {
    let world: GuardedCluster;
    let as: Caller;
    /** A pod of the same component's other namespace. */
    let beside: Caller;
    const never = new AbortController().signal;
    const pods = '/api/v1/namespaces/shop/pods';
    const shop = '/api/v1/namespaces/shop';
    const privileged = { containers: [{ name: 'c', image: pinned, securityContext: { privileged: true } }] };
    const label = (value: string | null) => ({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': value } } });

    beforeAll(async () => {
      world = await startGuardedCluster(engines.path('helm'));
      await world.admin('POST', '/api/v1/namespaces', { metadata: { name: 'customers' } });
      const store = createStore({ kubernetes: world.kubernetes, namespace: 'landfall-system', epoch: () => 1 });
      const lease = { epoch: 1, signal: never };
      const effects = createEffects({ journal: await openJournal(store), clock: systemClock, lease, stop: never });
      const parts = { ...world, effects, clock: systemClock, namespace: 'landfall-system' };
      await giveUsualRights(parts, { component: 'shop', namespaces: ['shop', 'shop-jobs'] }, never);
      await giveUsualRights(parts, { component: 'other', namespaces: ['other'] }, never);
      // What a chart brings: an account for its pod, and rights for it, which are all that the component itself has.
      const component = await world.callerWith({ namespace: accounts, name: 'shop' });
      const helper = { ...operator, namespace: 'shop-jobs' };
      for (const account of [operator, helper]) {
        const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts`;
        const binding = bindTo(`of-${account.namespace}`, 'ClusterRole', 'landfall-component', account);
        expect(await component('POST', path, { metadata: { name: 'operator' } })).toMatchObject({ status: 201 });
        expect(await component('POST', `${rbac}/namespaces/shop/rolebindings`, binding)).toMatchObject({ status: 201 });
      }
      [as, beside] = [await world.callerWith(operator), await world.callerWith(helper)];
      await untilIt(() => as('POST', pods, pod('own', runs(pinned))), 'succeeds');
      const guarded = podAttacks.filter(({ rights }) => rights === 'usual');
      for (const { attempt } of guarded) await untilIt(() => attempt(dryly(as)), 'is refused');
    });
    afterAll(async () => world?.close());

    it('may do what it is for: workloads of the mirror, beside a mesh, and labels that guard nothing', async () => {
      const init = {
        name: 'mesh-init',
        image: 'mesh.test/proxy:1',
        securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] } },
      };
      const tried = [
        await as('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('web', runs(pinned))),
        await as('POST', pods, pod('meshed', { ...runs(pinned), initContainers: [init] })),
        await as('PATCH', shop, { metadata: { labels: { team: 'shop' } } }),
        await as('DELETE', `${pods}/meshed`),
      ];
      expect(tried.map(({ status, message }) => `${status} ${message}`.trim())).toEqual(['201', '201', '200', '200']);
    });

    /** Names the policy that refused it first. */
    const policyOf = (message: string): string | undefined => /ValidatingAdmissionPolicy '([^']+)'/.exec(message)?.[1];
    // The twins: the one rule of every policy that holds it is taken away, and it comes through.
    const withoutGuards = async (attack: PodAttack, gone: readonly string[] = []): Promise<number> => {
      const tried = () => attack.attempt(dryly(as));
      if (gone.length === attack.guards.length) return (await untilIt(tried, 'succeeds')).status;
      const { message } = await untilIt(tried, 'is refused', gone.at(-1) && `'${gone.at(-1)}'`);
      const policy = policyOf(message) ?? `none: ${message}`;
      expect(attack.guards.filter((guard) => !gone.includes(guard))).toContain(policy);
      const status = await withoutRule(world, policy, message, () => withoutGuards(attack, [...gone, policy]));
      await untilIt(tried, 'is refused');
      return status;
    };

    const usual = podAttacks.filter(({ rights }) => rights === 'usual');
    it.each(usual)('$name: refused', async ({ attempt, guards }) => {
      const { status, message } = await attempt(as);
      expect([status, guards]).toEqual([403, expect.arrayContaining([policyOf(message)])]);
    });
    it.each(usual)('$name: without the rules of $guards that hold it, it succeeds', async (attack) => {
      expect(await withoutGuards(attack)).toBeLessThan(300);
    });

    it("is known as the product's in another of its namespaces, too", async () => {
      const exempt = { metadata: { labels: { 'landfall.dev/images': 'any' } } };
      expect(await beside('PATCH', shop, { metadata: { labels: { team: 'jobs' } } })).toMatchObject({ status: 200 });
      const answer = await beside('PATCH', shop, exempt);
      expect(answer).toMatchObject({ status: 403, message: expect.stringContaining('landfall-component-place') });
    });

    describe('which was given every right in the cluster', () => {
      const gitops = { ...operator, namespace: 'customers', name: 'gitops' };
      beforeAll(async () => {
        await world.admin('POST', '/api/v1/namespaces/customers/serviceaccounts', { metadata: { name: 'gitops' } });
        for (const account of [operator, gitops]) {
          const binding = bindTo(account.name, 'ClusterRole', 'cluster-admin', account);
          await world.admin('POST', `${rbac}/clusterrolebindings`, binding);
        }
        await untilIt(() => as('GET', '/api/v1/secrets'), 'succeeds');
      });
      const every = podAttacks.filter(({ rights }) => rights === 'every');
      it.each(every)('$name: refused', async ({ attempt, guards }) => {
        const { status, message } = await attempt(as);
        expect([status, guards]).toEqual([403, expect.arrayContaining([policyOf(message)])]);
      });
      it.each(every)('$name: without the rules of $guards that hold it, it succeeds', async (attack) => {
        expect(await withoutGuards(attack)).toBeLessThan(300);
      });

      it('makes volumes of the node where the customer permits its namespace the node', async () => {
        const made = () => dryly(as)('POST', '/api/v1/persistentvolumes', nodeVolume);
        await world.admin('PATCH', shop, label('privileged'));
        expect(await untilIt(made, 'succeeds')).toMatchObject({ status: 201 });
        await world.admin('PATCH', shop, label(null));
        expect(await untilIt(made, 'is refused')).toMatchObject({ status: 403 });
      });

      it("is held where an account of the customer's own is not", async () => {
        const customers = dryly(await world.callerWith(gitops));
        const answers = podAttacks
          .filter(({ guards }) => guards.length === 1 && !guards[0]?.startsWith('landfall-namespace-'))
          .map(async ({ name, attempt }) => `${name}: ${(await attempt(customers)).status < 300}`);
        expect((await Promise.all(answers)).filter((answer) => !answer.endsWith(': true'))).toEqual([]);
      });
    });

    it('what a controller starts is judged by what it is, whoever wrote the template', async () => {
      const sets = '/apis/apps/v1/namespaces/shop/replicasets';
      const schema = z.looseObject({
        status: z.looseObject({
          replicas: z.number(),
          conditions: z.array(z.looseObject({ message: z.string() })).default([]),
        }),
      });
      const seen = async (name: string) => schema.parse(await world.admin('GET', `${sets}/${name}`)).status;
      const template = (name: string, spec: object) => {
        const written = deployment(name, spec);
        return { ...written, spec: { ...written.spec, replicas: 1 } };
      };
      await world.admin('POST', sets, template('root', privileged));
      await world.admin('POST', sets, template('plain', runs(pinned)));
      await expect.poll(() => seen('plain')).toMatchObject({ replicas: 1 });
      const words = expect.stringContaining('landfall-namespace-nodes');
      await expect.poll(() => seen('root')).toMatchObject({ replicas: 0, conditions: [{ message: words }] });
    });

    it('what the customer permits by the label of Kubernetes, it may; what began so may be changed and end', async () => {
      const started = () => as('POST', pods, pod('permitted', privileged));
      await world.admin('PATCH', shop, label('privileged'));
      await untilIt(started, 'succeeds');
      expect(await as('POST', pods, pod('foreign', runs(foreign)))).toMatchObject({ status: 403 });
      await world.admin('PATCH', shop, label(null));
      await untilIt(() => dryly(as)('POST', pods, pod('another', privileged)), 'is refused');
      const changed = { metadata: { labels: { team: 'shop' } } };
      expect(await world.admin('PATCH', `${pods}/permitted`, changed)).toMatchObject(changed);
      expect(await as('DELETE', `${pods}/permitted`)).toMatchObject({ status: 200 });
    });
  },
);
