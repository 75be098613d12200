import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError, runnerPolicySchema } from '../../../contract/index.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../../testing/index.ts';

const chart = (name: string, dependsOn: string[] = [], more: object = {}): FakeComponent => ({
  name,
  dependsOn,
  chart: { deployments: [name], ...more },
});
const module = (name: string, dependsOn: string[] = []): FakeComponent => ({
  name,
  dependsOn,
  module: { outputs: { name } },
});

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

/** Which engines ran side by side. Each call is held until those of `together` have been under way at the same time; without, for some turns in which others may begin. */
async function startMetered(width?: { components: number; terraform: number }, together: string[] = []) {
  let met = false;
  const now = new Set<string>();
  const seen: string[][] = [];
  const during = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    now.add(name);
    met ||= together.length > 0 && together.every((each) => now.has(each));
    const held = (turn: number): boolean => (together.length === 0 ? turn < 200 : together.includes(name) && !met);
    for (let turn = 0; held(turn); turn++) await new Promise(setImmediate);
    seen.push([...now].sort());
    try {
      return await act();
    } finally {
      now.delete(name);
    }
  };
  const { helm, cloud } = install;
  const runner = await install.startRunner({
    over: {
      width,
      helm: {
        ...helm,
        upgradeInstall: (request, call) => during(request.name, () => helm.upgradeInstall(request, call)),
        rollback: (request, call) => during(request.name, () => helm.rollback(request, call)),
      },
      tofuIn: (dir) => {
        const tofu = cloud.tofuIn(dir);
        const name = /terraform\/([a-z0-9]+)\//.exec(dir)?.[1] ?? dir;
        return { ...tofu, apply: (request, call) => during(name, () => tofu.apply(request, call)) };
      },
    },
  });
  const most = (of: readonly string[] = seen.flat()): number =>
    Math.max(0, ...seen.map((names) => names.filter((name) => of.includes(name)).length));
  return { runner, seen, most };
}

/** Room for two. `b`, once it is `held`, ends no sooner than the runner has said of `a` that it failed, however busy the machine is. */
async function startTwoPlaces(held: () => boolean) {
  const failed = (): boolean =>
    runner.reconciler.status().components.some(({ name, state }) => name === 'a' && state === 'Error');
  const { helm } = install;
  const runner = await install.startRunner({
    over: {
      width: { components: 2, terraform: 1 },
      helm: {
        ...helm,
        upgradeInstall: async (request, call) => {
          while (request.name === 'b' && held() && !failed()) await new Promise(setImmediate);
          await helm.upgradeInstall(request, call);
        },
      },
    },
  });
  return runner;
}

describe('components that have nothing to do with each other', () => {
  it('are settled at the same time, eight at most', async () => {
    const { runner, most } = await startMetered(undefined, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    expect(
      await runner.pass(
        install.accept(
          install.release(
            '1.0.0',
            names.map((name) => chart(name)),
          ),
        ),
      ),
    ).toEqual({ kind: 'done' });
    expect(most()).toBe(8);
    expect(install.deployments()).toEqual(names);
  });

  it('are settled one after the other where the customer has said so', async () => {
    const { runner, most } = await startMetered({ components: 1, terraform: 1 });
    await runner.pass(install.accept(install.release('1.0.0', [chart('a'), chart('b'), chart('c')])));
    expect(most()).toBe(1);
    expect(install.helm.calls).toEqual(['upgrade a', 'upgrade b', 'upgrade c']);
  });

  it.each([
    ['is not begun while another is not healthy, where the policy lets one be in change', 1, false],
    ['is begun beside it where it lets two', 2, true],
    ['is begun beside it where it says nothing', undefined, true],
  ])('one of them %s', async (_, maxDisruption, begun) => {
    install.policy.now = runnerPolicySchema.parse({ maxDisruption });
    const runner = await install.startRunner();
    const components = [chart('a', [], { ready: false }), chart('b')];
    await runner.pass(install.accept(install.release('1.0.0', components)));
    expect(install.helm.calls).toContain('upgrade a');
    expect(install.helm.calls.includes('upgrade b')).toBe(begun);
  });

  it.each([
    ['one at a time when nothing else is said', undefined, 1, ['a', 'm1']],
    ['two at a time where there is memory for it', { components: 4, terraform: 2 }, 2, ['a', 'm1', 'm2']],
  ])('of Terraform run %s, with charts beside them', async (_, width, expected, together) => {
    const { runner, most } = await startMetered(width, together);
    const components = [module('m1'), module('m2'), module('m3'), chart('a'), chart('b')];
    expect(await runner.pass(install.accept(install.release('1.0.0', components)))).toEqual({ kind: 'done' });
    expect(most(['m1', 'm2', 'm3'])).toBe(expected);
    expect(install.cloud.applied.size).toBe(3);
  });

  it('may share one chart: each fetches it for itself', async () => {
    const shared = { deployments: [] };
    const runner = await install.startRunner();
    const components = ['a', 'b', 'c', 'd'].map((name): FakeComponent => ({ name, chart: shared }));
    expect(await runner.pass(install.accept(install.release('1.0.0', components)))).toMatchObject({ kind: 'done' });
  });
});

describe('components that depend on each other', () => {
  const diamond = [chart('base'), chart('left', ['base']), chart('right', ['base']), chart('top', ['left', 'right'])];

  it('follow each other; those between go side by side', async () => {
    const { runner, seen } = await startMetered(undefined, ['left', 'right']);
    await runner.pass(install.accept(install.release('1.0.0', diamond)));
    expect(seen[0]).toEqual(['base']);
    expect(seen.map((running) => [...running].sort())).toContainEqual(['left', 'right']);
    expect(seen.at(-1)).toEqual(['top']);
    const { calls } = install.helm;
    expect([calls[0], calls.slice(1, 3).sort(), calls.slice(3)]).toEqual([
      'upgrade base',
      ['upgrade left', 'upgrade right'],
      ['upgrade top'],
    ]);
  });

  it('go back the other way round, side by side likewise', async () => {
    const { runner } = await startMetered();
    await runner.pass(install.accept(install.release('1.0.0', diamond)));
    install.helm.calls.length = 0;
    const changed = ['base', 'left', 'right'].map((name, i) =>
      chart(name, i === 0 ? [] : ['base'], { deployments: [name, `${name}2`] }),
    );
    const bad = [...changed, chart('top', ['left', 'right'], { ready: false })];
    expect(await runner.pass(install.accept(install.release('1.1.0', bad)))).toEqual({ kind: 'done' });
    const back = install.helm.calls.filter((call) => call.startsWith('rollback'));
    expect(back[0]).toBe('rollback top 1');
    expect(back.slice(1, 3).sort()).toEqual(['rollback left 1', 'rollback right 1']);
    expect(back[3]).toBe('rollback base 1');
    expect(install.deployments()).toEqual(['base', 'left', 'right', 'top']);
  });
});

describe('when one of several fails', () => {
  it('what runs beside it finishes its action, what has not begun never begins, then everything goes back', async () => {
    let held = false;
    const runner = await startTwoPlaces(() => held);
    await runner.pass(
      install.accept(install.release('1.0.0', [chart('a'), chart('b'), chart('c'), chart('d', ['b'])])),
    );
    install.helm.calls.length = 0;
    held = true;
    const wanted = [
      chart('a', [], { deployments: ['a', 'a2'], fails: true }),
      chart('b', [], { deployments: ['b', 'b2'] }),
      chart('c', [], { deployments: ['c', 'c2'] }),
      chart('d', ['b'], { deployments: ['d', 'd2'] }),
    ];
    expect(await runner.pass(install.accept(install.release('1.1.0', wanted)))).toEqual({ kind: 'done' });
    const { calls } = install.helm;
    expect(calls.slice(0, 2).sort()).toEqual(['upgrade a', 'upgrade b']);
    expect(calls).not.toContain('upgrade c');
    expect(calls).not.toContain('upgrade d');
    expect(calls.slice(2).sort()).toEqual(['rollback a 1', 'rollback b 1']);
    expect(install.deployments()).toEqual(['a', 'b', 'c', 'd']);
    expect(runner.reconciler.status().denied.map(({ version }) => version)).toEqual(['1.1.0']);
  });

  it('another that still waits for its health is not waited for', async () => {
    const runner = await install.startRunner();
    await runner.pass(install.accept(install.release('1.0.0', [chart('a'), chart('slow')])));
    const slow: FakeComponent = { ...chart('slow', [], { ready: false }) };
    const bad = install.release('1.1.0', [chart('a', [], { hookFails: true }), slow]);
    for (const component of bad.release.components) {
      if (component.name === 'slow' && component.kind === 'helm') component.health.timeoutSeconds = 7200;
    }
    // Whoever waited would wait for ever.
    install.clock.hold();
    expect(await runner.pass(install.accept(bad))).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().denied[0]?.reason).toContain('a: ');
    expect(runner.reconciler.status().state).toBe('Running');
  });

  it('of two that fail, the first in dependency order is named, whichever failed first', async () => {
    for (const [first, second] of [
      ['ready', 'fails'],
      ['fails', 'ready'],
    ] as const) {
      const world = createFakeInstall();
      const runner = await world.startRunner();
      await runner.pass(world.accept(world.release('1.0.0', [chart('a'), chart('b')])));
      const wrong = { ready: { hookFails: true }, fails: { fails: true } };
      await runner.pass(
        world.accept(world.release('1.1.0', [chart('a', [], wrong[first]), chart('b', [], wrong[second])])),
      );
      expect(runner.reconciler.status().denied[0]?.reason).toMatch(/^a: /);
      world.dispose();
    }
  });

  it.each([
    ['those beside it go on to their end', 2, ['b']],
    ['what has not begun does not begin', 1, []],
  ])('that is only away, %s, nothing is denied, and the next pass goes on', async (_, components, meanwhile) => {
    const { helm } = install;
    let away = true;
    const runner = await install.startRunner({
      over: {
        width: { components, terraform: 1 },
        helm: {
          ...helm,
          upgradeInstall: async (request, call) => {
            if (request.name === 'a' && away) throw new LandfallError('LF-OCI-000', 'away', { temporary: true });
            await helm.upgradeInstall(request, call);
          },
        },
      },
    });
    const wanted = install.accept(install.release('1.0.0', [chart('a'), chart('b')]));
    expect(await runner.pass(wanted)).toMatchObject({ kind: 'waiting', reason: 'RegistryUnavailable' });
    expect(install.deployments()).toEqual(meanwhile);
    const states = runner.reconciler.status().components.map(({ name, state }) => [name, state]);
    expect(states.filter(([, state]) => state === 'Running')).toEqual(meanwhile.map((name) => [name, 'Running']));
    away = false;
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().denied).toEqual([]);
    expect(install.deployments()).toEqual(['a', 'b']);
  });

  it('something newer that is there ends all waits at once, without a verdict', async () => {
    const runner = await install.startRunner();
    install.clock.hold();
    const names = ['a', 'b', 'c'];
    const passing = runner.pass(
      install.accept(
        install.release(
          '1.0.0',
          names.map((name) => chart(name, [], { ready: false })),
        ),
      ),
    );
    await expect.poll(() => install.deployments()).toEqual(names);
    runner.superseded.abort();
    install.clock.go();
    expect(await passing).toEqual({ kind: 'superseded' });
    expect(runner.reconciler.status().denied).toEqual([]);
  });
});

describe('what is kept while one of several is in trouble', () => {
  it('the others are looked after all the same', async () => {
    const runner = await install.startRunner();
    const v1 = install.accept(install.release('1.0.0', [chart('a'), chart('b', ['a']), chart('c')]));
    await runner.pass(v1);
    const { helm } = install;
    const stubborn = await install.startRunner({
      over: {
        helm: {
          ...helm,
          upgradeInstall: async (request, call) => {
            if (request.name === 'a') throw new LandfallError('LF-ENGINES-010', 'refused by a webhook of theirs');
            await helm.upgradeInstall(request, call);
          },
        },
      },
    });
    for (const name of ['a', 'b', 'c']) await helm.uninstall({ name, namespace: 'shop', timeoutMs: 1 });
    expect(await stubborn.pass(v1)).toMatchObject({ kind: 'waiting', reason: 'ApplyFailed' });
    expect(install.deployments()).toEqual(['b', 'c']);
    expect(stubborn.reconciler.status().denied).toEqual([]);
  });
});
