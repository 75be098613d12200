import { describe, expect, it } from 'vitest';
import type { AcceptedState, PassResult } from '../../ports.ts';
import { createFakeInstall, type FakeInstall } from '../../testing/index.ts';
import { broker, bucket, chart, gateway, migrate, settings, wish } from '../scenarios/product.ts';
import type { Wish } from '../scenarios/scenario.ts';

/** Every kind of component; the second version changes each of them, and drops one chart and one object. */
const before = wish('1.0.0', settings({ a: '1' }), migrate('one'), bucket(), broker(), gateway(), chart('old'));
const after = wish(
  '1.1.0',
  settings({ a: '2' }),
  migrate('two'),
  bucket({ outputs: { bucketName: 'other' } }),
  broker({ deployments: ['broker2'] }),
  gateway({ deployments: ['gateway', 'extra'] }),
);
const failing = wish(
  '1.2.0',
  settings({ a: '3' }),
  bucket(),
  broker({ deployments: ['broker2'] }),
  gateway({ ready: false }),
  chart('old'),
);
const less = wish('1.3.0', bucket(), gateway({}, { dependsOn: ['bucket'] }));

const operations: Record<string, { first: Wish | null; then: Wish }> = {
  'an install': { first: null, then: before },
  'an upgrade': { first: before, then: after },
  'a release that is taken back': { first: before, then: failing },
  'a removal of components': { first: before, then: less },
};

/** Killed around each of their writes in kill-points.matrix.test.ts; that of the status comes at times of its own. */
const elsewhere: ReadonlySet<string> = new Set(['lf-journal', 'lf-status']);
const verbs = { ADDED: 'making', MODIFIED: 'changing', DELETED: 'deleting' };

const accept = (install: FakeInstall, { version, components }: Wish): AcceptedState =>
  install.accept(install.release(version, components));

async function toRest(pass: () => Promise<PassResult | 'killed'>): Promise<PassResult | 'killed'> {
  for (let made = 1; ; made++) {
    const result = await pass();
    if (result === 'killed' || result.kind !== 'waiting' || made >= 8) return result;
  }
}

/**
 * Every side effect in order, one component after the other: each write to the API server (the store's and Helm's own among them), what tofu
 * does to the cloud, what the mirror copies. `at`: the runner ends with it, and so do its children.
 */
async function carryOut(operation: { first: Wish | null; then: Wish }, at: number) {
  const install = createFakeInstall();
  const width = { components: 1, terraform: 1 };
  if (operation.first !== null) {
    const first = await install.startRunner({ over: { width } });
    expect(await toRest(() => first.pass(accept(install, operation.first ?? before)))).toEqual({ kind: 'done' });
  }
  const effects: string[] = [];
  let die: () => void = () => undefined;
  const tick = (what: string): void => {
    if (effects.length > at) return;
    effects.push(what);
    if (effects.length - 1 === at) die();
  };
  const { cloud, mirror } = install;
  const runner = await install.startRunner({
    over: {
      width,
      tofuIn: (dir) => {
        const tofu = cloud.tofuIn(dir);
        return {
          ...tofu,
          init: async (request, call) => (await tofu.init(request, call), tick('tofu init')),
          apply: async (request, call) => {
            const applied = await tofu.apply(request, call);
            tick('tofu apply');
            return applied;
          },
          forceUnlock: async (request, call) => (await tofu.forceUnlock(request, call), tick('tofu force-unlock')),
        };
      },
      mirror: {
        ...mirror,
        ensure: async (...args) => (await mirror.ensure(...args), tick('mirror copy')),
        fetchChart: async (...args) => (await mirror.fetchChart(...args), tick('mirror fetch of a chart')),
        fetchModule: async (...args) => (await mirror.fetchModule(...args), tick('mirror fetch of a module')),
      },
    },
  });
  ({ die } = runner);
  install.kubernetes.after = ({ type, object: { kind, metadata } }) => {
    if (!elsewhere.has(metadata.name)) tick(`${verbs[type]} ${kind} ${metadata.name}`);
  };
  const state = accept(install, operation.then);
  const ended = await toRest(() => runner.pass(state));
  install.kubernetes.after = () => undefined;
  return { install, state, effects, ended, status: runner.reconciler.status() };
}

/** What is there in the end, seen from outside. */
function worldOf(install: FakeInstall): object {
  const { kubernetes, cloud } = install;
  const runs = kubernetes.all('Job').map(({ spec }) => JSON.stringify(spec));
  return {
    deployments: install.deployments(),
    settings: kubernetes.find('ConfigMap', 'settings')?.['data'] ?? null,
    ran: ['"one"', '"two"'].map((step) => runs.filter((run) => run.includes(step)).length),
    cloud: [...cloud.applied.values()],
    pending: ['broker', 'gateway', 'old']
      .flatMap((name) => install.helmHistory(name))
      .filter((line) => line.includes('pending')),
    locked: cloud.lockedBy,
  };
}

for (const [name, operation] of Object.entries(operations)) {
  const whole = await carryOut(operation, Infinity);
  const wanted = worldOf(whole.install);
  const { denied, observed } = whole.status;
  whole.install.dispose();

  describe(`a runner killed in ${name}`, () => {
    it('undisturbed, it comes to its end', () => {
      expect(whole.ended).toEqual({ kind: 'done' });
      expect(whole.effects.length).toBeGreaterThan(10);
    });

    it.each(whole.effects.map((effect, at) => [effect, at] as const))(
      'right after %s (%i): the next one comes to the same end',
      async (effect, at) => {
        const { install, state, effects, ended } = await carryOut(operation, at);
        expect([effects.at(-1), ended]).toEqual([effect, 'killed']);
        const next = await install.startRunner();
        expect(await toRest(() => next.pass(state))).toEqual({ kind: 'done' });
        expect(worldOf(install)).toEqual(wanted);
        const status = next.reconciler.status();
        expect(status.observed).toEqual(observed);
        expect(status.denied.map(({ version }) => version)).toEqual(denied.map(({ version }) => version));
        install.dispose();
      },
    );
  });
}
