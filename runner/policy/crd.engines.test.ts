import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { runnerPolicySchema } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { kubeconfigConnection, kubeObjectSchema } from '../kubernetes/index.ts';
import { policyType, watchPolicy } from '../policy-watch.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';

const engines = await requireEngines(...simulatedCluster);
const definition = kubeObjectSchema.parse(
  parse(readFileSync(join(import.meta.dirname, '../../charts/runner/crds/runnerpolicies.yaml'), 'utf8')),
);
const namespace = 'landfall-system';
const digest = `sha256:${'a'.repeat(64)}`;
const night = { days: ['Mon'], start: '22:00', end: '04:00', timeZone: 'Europe/Vienna' };
const freeze = { from: '2026-12-20', to: '2027-01-06', timeZone: 'Europe/Vienna' };

describe.skipIf(!engines.available)("the customer's policy on a real API server", () => {
  let world: RealCluster;
  const customer = { fieldManager: 'customer', force: true };
  const put = (spec: object, name = 'default') =>
    world.kubernetes.apply({ ...policyType, metadata: { name, namespace }, spec }, customer);

  beforeAll(async () => {
    world = await startRealCluster();
    await world.kubernetes.apply(definition, customer);
    await vi.waitFor(() => world.kubernetes.isNamespaced(policyType), { timeout: 30_000 });
  });
  afterAll(async () => world?.close());

  // Both readers of a policy, the API server and the runner, say the same of each.
  it.each<[string, object, 'taken' | RegExp]>([
    ['nothing at all', {}, 'taken'],
    ['a window and a freeze', { windows: [night], freezes: [{ ...freeze, reason: 'end of year' }] }, 'taken'],
    ['a window for some', { windows: [{ ...night, kinds: ['terraform'], components: ['base'] }] }, 'taken'],
    [
      'the approval of a release',
      { approvals: [{ releaseDigest: digest, inputsDigest: digest, note: 'Ada' }] },
      'taken',
    ],
    ['the approval of a plan', { approvals: [{ component: 'base', planDigest: digest }] }, 'taken'],
    [
      'every other option',
      {
        upgrades: 'customer',
        maxDisruption: 1,
        approvalRequired: { upgrades: 'minor', kinds: ['job'] },
        allowedNamespaces: ['shop', 'shop-*'],
        allowedVerbs: ['install'],
        allowedKinds: ['helm'],
        allowedRegistries: ['r.test:5000'],
        terraform: { approve: 'destroys', destroys: 'protectedOnly', protectedTypes: ['aws_vpc'], onRemove: 'keep' },
      },
      'taken',
    ],

    ['a day that is none', { windows: [{ ...night, days: ['Someday'] }] }, /days/],
    ['no day at all', { windows: [{ ...night, days: [] }] }, /days/],
    ['an hour that is none', { windows: [{ ...night, start: '25:00' }] }, /start/],
    ['a window without an end', { windows: [{ days: ['Mon'], start: '22:00', timeZone: 'UTC' }] }, /end/],
    ['a window for no kind', { windows: [{ ...night, kinds: [] }] }, /kinds/],
    ['a freeze that ends before it begins', { freezes: [{ ...freeze, to: '2026-12-19' }] }, /ends before it begins/],
    ['a freeze on a day that is none', { freezes: [{ ...freeze, from: 'Christmas' }] }, /from/],
    ['another word for upgrades', { upgrades: 'manual' }, /upgrades/],
    ['half an approval of a release', { approvals: [{ releaseDigest: digest }] }, /an approval names/],
    ['half an approval of a plan', { approvals: [{ component: 'base' }] }, /an approval names/],
    [
      'an approval of two things',
      { approvals: [{ component: 'base', planDigest: digest, releaseDigest: digest, inputsDigest: digest }] },
      /an approval names/,
    ],
    ['an approval of nothing', { approvals: [{ note: 'yes' }] }, /an approval names/],
    ['an approval by version', { approvals: [{ releaseDigest: '1.4.0', inputsDigest: digest }] }, /releaseDigest/],
    ['nothing at all in change', { maxDisruption: 0 }, /maxDisruption/],
    ['another word for the approval of destroys', { terraform: { destroys: 'never' } }, /destroys/],
    ['a verb that is none', { allowedVerbs: ['delete-everything'] }, /allowedVerbs/],
    ['a namespace that can be none', { allowedNamespaces: ['Shop'] }, /allowedNamespaces/],
    ['a word instead of yes or no', { paused: 'maybe' }, /paused/],
    ['every principal everywhere', { sealKnownPrincipals: [{ principal: '*' }] }, /needs the one resource/],
  ])('%s', async (_, spec, expected) => {
    const taken = put(spec, 'example');
    if (expected === 'taken') {
      await taken;
      expect(runnerPolicySchema.safeParse(spec).success).toBe(true);
      return;
    }
    await expect(taken).rejects.toThrow(expected);
    expect(runnerPolicySchema.safeParse(spec).success).toBe(false);
  });

  it('is shown in a list with what counts at a glance', async () => {
    await put({ paused: true, upgrades: 'customer' });
    const { endpoint, token } = await kubeconfigConnection(world.kubeconfigPath);
    const dispatcher = new Agent({ connect: { ca: world.cluster.caPem } });
    const answer = await request(
      `${endpoint}/apis/landfall.dev/v1alpha1/namespaces/${namespace}/runnerpolicies/default`,
      {
        dispatcher,
        headers: { authorization: `Bearer ${await token()}`, accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
      },
    );
    const table = z
      .object({
        columnDefinitions: z.array(z.object({ name: z.string() })),
        rows: z.array(z.object({ cells: z.array(z.unknown()) })),
      })
      .parse(await answer.body.json());
    await dispatcher.close();
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Paused', 'Upgrades', 'Age']);
    expect(table.rows[0]?.cells.slice(0, 3)).toEqual(['default', true, 'customer']);
  });

  it('is followed while the runner runs: a change counts at once, without a restart', async () => {
    await put({ paused: true });
    const stop = new AbortController();
    let changes = 0;
    const policy = watchPolicy({
      ...{ kubernetes: world.kubernetes, namespace },
      events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
      onChange: () => changes++,
    });
    const running = policy.run(stop.signal);
    await policy.known;
    expect(policy.current().paused).toBe(true);
    await put({ paused: false, windows: [night] });
    await expect.poll(() => policy.current().windows).toEqual([night]);
    expect(policy.current().paused).toBe(false);
    expect(changes).toBeGreaterThanOrEqual(1);
    stop.abort();
    await running;
  });
});
