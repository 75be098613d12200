import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { KubeObject, Kubernetes } from '../../kubernetes/index.ts';
import type { AcceptedState } from '../../ports.ts';
import { createFakeInstall, type FakeInstall } from '../../testing/index.ts';
import { broker, bucket, chart, gateway, migrate, settings, wish } from '../scenarios/product.ts';
import type { Wish } from '../scenarios/scenario.ts';

const first = wish('1.0.0', settings({ a: '1' }), migrate('one'), bucket(), broker(), gateway(), chart('old'));
const second = wish(
  '1.1.0',
  settings({ a: '2' }),
  migrate('two'),
  bucket({ outputs: { bucketName: 'other' } }),
  broker({ deployments: ['broker2'] }),
  gateway({ deployments: ['gateway2'] }),
);
const width = { components: 1, terraform: 1 };
const accept = (install: FakeInstall, { version, components }: Wish): AcceptedState =>
  install.accept(install.release(version, components));

const journalSchema = z.object({ 'value.json': z.string() });
const entriesSchema = z.object({ entries: z.array(z.object({ kind: z.string() })) });

/** The status is written at times of its own: it is not counted. */
function isOfStatus(object: KubeObject): boolean {
  const { entries } = entriesSchema.parse(JSON.parse(journalSchema.parse(object['data'])['value.json']));
  return entries.at(-1)?.kind === 'store-status';
}

/** A cluster that answers no write of the journal from the n-th on until `thaw`: the runner stands still between two effects, as under SIGSTOP. */
function freezing(at: number) {
  let writes = 0;
  let thaw: () => void = () => undefined;
  let told: () => void = () => undefined;
  const frozen = new Promise<void>((resolve) => (told = resolve));
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const cluster = (real: Kubernetes): Kubernetes => ({
    ...real,
    replace: async (object, options) => {
      if (object.metadata.name === 'lf-journal' && !isOfStatus(object) && ++writes >= at) {
        told();
        await thawed;
      }
      return real.replace(object, options);
    },
  });
  return { cluster, frozen, thaw: () => thaw(), writes: () => writes };
}

/** Everything in the cluster and the cloud, but what the newer runner remembers of its own. */
const everything = ({ kubernetes, cloud, helm }: FakeInstall): string =>
  JSON.stringify([
    ...['Deployment', 'ConfigMap', 'Secret', 'Job', 'Namespace'].map((kind) => kubernetes.all(kind)),
    [...cloud.applied],
    cloud.calls,
    helm.calls,
  ]);

async function installed(): Promise<FakeInstall> {
  const install = createFakeInstall();
  const runner = await install.startRunner({ over: { width } });
  expect(await runner.pass(accept(install, first))).toEqual({ kind: 'done' });
  return install;
}

const counting = await (async () => {
  const install = await installed();
  const { cluster, writes } = freezing(Infinity);
  const runner = await install.startRunner({ over: { width }, cluster });
  await runner.pass(accept(install, second));
  install.dispose();
  return writes();
})();

describe('two runners at once', () => {
  it('an upgrade has enough places at which one can be frozen', () => {
    expect(counting).toBeGreaterThan(25);
  });

  // Effects of the same moment share a write, so another run may have a few writes less: the last ones are nobody's promise.
  it.each(Array.from({ length: counting - 4 }, (_, i) => i + 1))(
    'the older one, frozen at write %i of its journal while a newer one goes to the end, changes nothing when it wakes up',
    async (at) => {
      const install = await installed();
      const state = accept(install, second);
      const { cluster, frozen, thaw } = freezing(at);
      const older = await install.startRunner({ over: { width }, cluster });
      const passing = older.pass(state).then(
        (result) => (result === 'killed' ? result : result.kind),
        (error: unknown) => error,
      );
      const stood = await Promise.race([frozen.then(() => 'frozen'), passing]);
      expect(stood).toBe('frozen');

      const newer = await install.startRunner({ over: { width } });
      for (let made = 0, kind = ''; kind !== 'done' && made < 8; made++) {
        const result = await newer.pass(state);
        kind = result === 'killed' ? result : result.kind;
      }
      expect(newer.reconciler.status().observed?.version).toBe('1.1.0');
      const before = everything(install);
      thaw();
      expect(await passing).toMatchObject({ code: 'LF-RUNNER-003' });
      expect(everything(install)).toBe(before);
      install.dispose();
    },
  );

  it('the newer one takes over from an older one that is still at work, which ends', async () => {
    const install = await installed();
    const state = accept(install, second);
    const older = await install.startRunner({ over: { width } });
    const working = older.pass(state).catch((error: unknown) => error);
    const newer = await install.startRunner({ over: { width } });
    for (let made = 0, kind = ''; kind !== 'done' && made < 8; made++) {
      const result = await newer.pass(state);
      kind = result === 'killed' ? result : result.kind;
    }
    expect(await working).toMatchObject({ code: 'LF-RUNNER-003' });
    expect(install.deployments()).toEqual(['broker2', 'gateway2']);
    expect(newer.reconciler.status().observed?.version).toBe('1.1.0');
    install.dispose();
  });
});
