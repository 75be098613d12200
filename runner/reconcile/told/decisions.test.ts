import { describe, expect, it } from 'vitest';
import { runnerStatusSchema } from '../../../contract/index.ts';
import { createFakeInstall, type FakeComponent } from '../../testing/index.ts';
import { decisionFrom } from './decisions.ts';
import { type Facts, isFalse, isTrue } from './status.ts';

describe('what is done about a component', () => {
  const rows: [string, Parameters<typeof decisionFrom>[0], Facts, string][] = [
    ['that is as wanted is keep', 'Running', { Ready: isTrue('Healthy', 'm') }, 'keep'],
    [
      'that is being applied is apply',
      'Provisioned',
      { Ready: isFalse('Progressing', 'm'), Reconciling: isTrue('Applying', 'm') },
      'apply',
    ],
    [
      'whose health is waited for is await-health',
      'Provisioned',
      { Reconciling: isTrue('WaitingForHealth', 'm') },
      'await-health',
    ],
    ['kept and not ready is await-health', 'Provisioned', { Ready: isFalse('Progressing', 'm') }, 'await-health'],
    ['that waits for a secret is wait', 'Provisioned', { Ready: isFalse('SecretMissing', 'm') }, 'wait'],
    [
      'that is forward-only is stay',
      'Running',
      { Ready: isTrue('Applied', 'm'), Stalled: isTrue('ForwardOnly', 'm') },
      'stay',
    ],
    ['that is held is hold', 'Error', { Ready: isFalse('Held', 'm'), Stalled: isTrue('Held', 'm') }, 'hold'],
    [
      'that failed is fail',
      'Error',
      { Ready: isFalse('ApplyFailed', 'm'), Stalled: isTrue('ApplyFailed', 'm') },
      'fail',
    ],
    [
      'that is suspended is pause',
      'Running',
      { Ready: isTrue('Healthy', 'm'), Suspended: isTrue('Suspended', 'm') },
      'pause',
    ],
    ['that goes is remove', 'ShuttingDown', {}, 'remove'],
  ];
  it.each(rows)('%s', (_, state, facts, action) => {
    expect(decisionFrom(state, facts).action).toBe(action);
  });
});

const web = (more: object = {}): FakeComponent => ({ name: 'web', chart: { deployments: ['web'], ...more } });

describe('decisions', () => {
  it('are told with their reason, in order, and say since when', async () => {
    const install = createFakeInstall();
    const runner = await install.startRunner();
    await runner.pass(install.accept(install.release('1.0.0', [web()])));
    await runner.pass(install.accept(install.release('1.1.0', [web({ ready: false })])));
    const { decisions, decision, components } = runner.reconciler.status();
    expect(decisions.map(({ component, action }) => `${component ?? 'install'} ${action}`)).toEqual([
      'install apply',
      'web apply',
      'web keep',
      'install keep',
      'install apply',
      'web apply',
      'web await-health',
      'web fail',
      'install back',
      'web apply',
      'web keep',
      'install keep',
    ]);
    expect(decisions.find(({ component, action }) => component === 'web' && action === 'apply')?.why).toBe(
      'install: it is not installed',
    );
    expect(decision?.why).toContain('1.0.0 is kept; 1.1.0 failed here: web: ');
    expect(components[0]?.decision).toMatchObject({ action: 'keep', since: expect.stringMatching(/^2026-/) });
    install.dispose();
  });

  it('are left in the cluster, where the next runner goes on from them and writes nothing while nothing changes', async () => {
    const install = createFakeInstall();
    const state = install.accept(install.release('1.0.0', [web()]));
    const first = await install.startRunner();
    await first.pass(state);
    await first.pass(state);
    const stored = await first.store.get('status', runnerStatusSchema);
    const { decision, decisions } = first.reconciler.status();
    expect(stored?.value).toMatchObject({ decision, decisions, observed: { version: '1.0.0' }, state: 'Running' });
    install.clock.set('2026-01-06T10:00:00.000Z');
    const next = await install.startRunner();
    await next.pass(state);
    expect(next.reconciler.status().decision).toEqual(decision);
    install.kubernetes.calls.length = 0;
    await next.pass(state);
    expect(install.kubernetes.calls.filter(({ verb }) => verb !== 'get' && verb !== 'list')).toEqual([]);
    install.dispose();
  });

  it('stay bounded, however long a runner lives', async () => {
    const install = createFakeInstall();
    const runner = await install.startRunner();
    for (let i = 0; i < 15; i++) {
      await runner.pass(install.accept(install.release(`1.${i}.0`, [web({ deployments: ['web', `w${i}`] })])));
    }
    const status = runner.reconciler.status();
    expect(status.decisions).toHaveLength(50);
    expect(runnerStatusSchema.safeParse({ ...status, at: '2026-01-05T10:00:00.000Z' }).success).toBe(true);
    install.dispose();
  });

  it('that cannot be written stop nothing', async () => {
    const install = createFakeInstall();
    const runner = await install.startRunner();
    install.kubernetes.before = ({ verb, name }) => {
      if (verb !== 'get' && name === 'lf-status') throw new Error('quota exceeded');
    };
    expect(await runner.pass(install.accept(install.release('1.0.0', [web()])))).toEqual({ kind: 'done' });
    install.dispose();
  });
});
