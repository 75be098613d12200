import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LandfallError, systemClock } from '../../contract/index.ts';
import type { Store } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../testing/index.ts';
import { createEffects, endOrphans, openJournal } from './index.ts';

const about = { target: 'shop/web', intent: 'because' };
let kubernetes: FakeKubernetes;
let store: Store;
beforeEach(() => {
  kubernetes = createFakeKubernetes();
  store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
});
const open = async () => {
  const journal = await openJournal(store);
  const lost = new AbortController();
  const effects = createEffects({
    journal,
    clock: systemClock,
    lease: { epoch: 1, signal: lost.signal },
    stop: new AbortController().signal,
  });
  return { journal, effects, lost };
};
const countPuts = (): (() => number) => {
  const puts = () => kubernetes.calls.filter(({ verb }) => verb === 'replace').length;
  const before = puts();
  return () => puts() - before;
};
const entrySchema = z.object({
  kind: z.string(),
  target: z.string(),
  state: z.string(),
  children: z.array(z.unknown()),
});
const stored = async () =>
  (await store.get('journal', z.object({ entries: z.array(entrySchema) })))?.value.entries ?? [];
const states = async (): Promise<string[]> => (await stored()).map((entry) => `${entry.kind} ${entry.state}`);

describe('an effect', () => {
  it('is in the journal before it begins, and its outcome after', async () => {
    const { effects } = await open();
    const during = await effects.run('helm-upgrade', about, () => states());
    expect(during).toEqual(['helm-upgrade started']);
    expect(await states()).toEqual(['helm-upgrade done']);
  });

  it('that fails says why in the journal, and its error is the one that is thrown', async () => {
    const { effects, journal } = await open();
    const error = new LandfallError('LF-ENGINES-010', 'field is immutable');
    await expect(effects.run('helm-upgrade', about, () => Promise.reject(error))).rejects.toBe(error);
    expect(journal.entries()[0]).toMatchObject({ state: 'failed', outcome: 'LF-ENGINES-010: field is immutable' });
  });

  it('does not begin when its intent cannot be written', async () => {
    const { effects } = await open();
    await store.put('journal', { entries: [] }, (await store.get('journal', z.unknown()))?.revision ?? null);
    let begun = false;
    const run = effects.run('helm-upgrade', about, async () => {
      begun = true;
    });
    await expect(run).rejects.toMatchObject({ code: 'LF-RUNNER-002' });
    expect(begun).toBe(false);
  });

  it('does not begin without the lease, and one under way is told', async () => {
    const { effects, lost } = await open();
    const told = effects.run(
      'helm-upgrade',
      about,
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          lost.abort(new LandfallError('LF-RUNNER-004', 'lost'));
        }),
    );
    await expect(told).rejects.toMatchObject({ code: 'LF-RUNNER-004' });
    await expect(effects.run('helm-upgrade', about, async () => undefined)).rejects.toMatchObject({
      code: 'LF-RUNNER-004',
    });
  });

  it('shares the writes of the journal with others of the same time, and none begins before its intent is durable', async () => {
    const { effects } = await open();
    const puts = countPuts();
    const durable: string[][] = [];
    const many = Array.from({ length: 20 }, (_, i) =>
      effects.run('helm-upgrade', { target: `shop/c${i}`, intent: '' }, async () => {
        durable.push((await stored()).filter(({ state }) => state !== 'failed').map(({ target }) => target));
      }),
    );
    await Promise.all(many);
    expect(durable.every((targets) => targets.length >= 20)).toBe(true);
    expect(puts()).toBeLessThanOrEqual(4);
    expect(await states()).toEqual(Array.from({ length: 16 }, () => 'helm-upgrade done'));
  });

  it('fails with all that share its write, and none of them begins', async () => {
    const { effects } = await open();
    kubernetes.before = ({ verb }) => {
      if (verb === 'replace') throw new LandfallError('LF-RUNNER-001', 'away', { temporary: true });
    };
    let begun = 0;
    const many = [1, 2, 3].map((i) =>
      effects.run('helm-upgrade', { target: `c${i}`, intent: '' }, async () => begun++),
    );
    expect((await Promise.allSettled(many)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    kubernetes.before = () => undefined;
    await effects.run('helm-upgrade', about, async () => begun++);
    expect(begun).toBe(1);
  });

  it('that is one fenced write itself costs no write of the journal, and stands in it with the next one', async () => {
    const { effects } = await open();
    const puts = countPuts();
    for (let i = 0; i < 10; i++) await effects.run('store-component', { target: `c${i}`, intent: '' }, async () => 0);
    expect(puts()).toBe(0);
    await effects.run('helm-upgrade', about, async () => undefined);
    expect(puts()).toBe(2);
    expect((await stored()).filter(({ kind, state }) => kind === 'store-component' && state === 'done')).toHaveLength(
      10,
    );
  });

  it('that takes long stays in the journal, whatever else happens meanwhile', async () => {
    const { effects, journal } = await open();
    void effects.run('terraform-apply', { target: 'slow', intent: '' }, () => new Promise(() => undefined));
    for (let i = 0; i < 80; i++) await effects.run('helm-upgrade', { target: `c${i}`, intent: '' }, async () => 0);
    expect(journal.entries()[0]).toMatchObject({ target: 'slow', state: 'started' });
    expect(journal.entries().length).toBeLessThan(20);
  });

  it('leaves a journal that does not grow without end, least of all by what went well', async () => {
    const { effects, journal } = await open();
    const each = async (ends: () => Promise<void>): Promise<void> => {
      for (let i = 0; i < 80; i++)
        await effects.run('helm-upgrade', { target: `c${i}`, intent: '' }, ends).catch(() => undefined);
    };
    await each(async () => undefined);
    expect(journal.entries()).toHaveLength(16);
    expect(journal.entries().at(-1)?.target).toBe('c79');
    await each(() => Promise.reject(new Error('no')));
    expect(journal.entries()).toHaveLength(64);
    await each(async () => undefined);
    expect(journal.entries().length).toBeLessThanOrEqual(64);
    expect(journal.entries().filter(({ state }) => state === 'failed').length).toBeGreaterThan(40);
  });
});

describe('children of a runner that died', () => {
  it('are ended by pid and start time, and what was begun is marked, until it has been done since', async () => {
    const first = await open();
    void first.effects.run('terraform-apply', { target: 'bucket', intent: '' }, async ({ onSpawn }) => {
      await onSpawn({ pid: 4711, startTime: '99' });
      return new Promise(() => undefined);
    });
    await expect.poll(async () => (await stored())[0]?.children.length).toBe(1);

    const ended: object[] = [];
    const second = await openJournal(store);
    const interrupted = await endOrphans(second, async (child) => {
      ended.push(child);
      return true;
    });
    expect(ended).toEqual([{ pid: 4711, startTime: '99' }]);
    expect(interrupted.map((entry) => entry.target)).toEqual(['bucket']);

    // Also for a third one, if the second died before it came to it.
    expect(await endOrphans(await openJournal(store), async () => false)).toHaveLength(1);
    const { effects } = await open();
    await effects.run('terraform-apply', { target: 'bucket', intent: '' }, async () => undefined);
    expect(await endOrphans(await openJournal(store), async () => false)).toHaveLength(0);
  });
});
