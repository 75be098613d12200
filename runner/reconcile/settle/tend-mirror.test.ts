import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeInstall, type FakeInstall } from '../../testing/index.ts';

const web = (more: object = {}) => [{ name: 'web', chart: { deployments: ['web'], ...more } }];

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const tended = (): string[] =>
  install.tended.map(
    ({ lastGood, accepted }) => `${lastGood.version} kept, ${accepted?.version ?? 'nothing'} accepted`,
  );

describe('the mirror is tended', () => {
  it('once a release is in force, and before the next one begins', async () => {
    const runner = await install.startRunner();
    await runner.pass(install.accept(install.release('1.0.0', web())));
    expect(tended()).toEqual(['1.0.0 kept, 1.0.0 accepted']);
    await runner.pass(install.accept(install.release('1.1.0', web({ deployments: ['web', 'extra'] }))));
    expect(tended().slice(1)).toEqual(['1.0.0 kept, 1.1.0 accepted', '1.1.0 kept, 1.1.0 accepted']);
  });

  it('never while a release is on its way: neither after a kill, nor on the way back', async () => {
    const first = await install.startRunner();
    await first.pass(install.accept(install.release('1.0.0', web())));
    const state = install.accept(install.release('1.1.0', web({ deployments: ['web', 'extra'], ready: false })));
    const dying = await install.startRunner({ killAt: { kind: 'helm-upgrade', when: 'during' } });
    expect(await dying.pass(state)).toBe('killed');
    install.tended.length = 0;
    const next = await install.startRunner();
    await next.pass(state);
    // One call, at the end: the release did not become healthy, and the last good one is in force again.
    expect(next.reconciler.status().denied.map((each) => each.version)).toEqual(['1.1.0']);
    expect(tended()).toEqual(['1.0.0 kept, 1.1.0 accepted']);
  });
});
