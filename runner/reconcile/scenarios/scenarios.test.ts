import { describe, expect, it } from 'vitest';
import { createFakeStage } from './fake-stage.ts';
import { play } from './play.ts';
import { killPoints } from './scenario.ts';
import { themes } from './table.ts';

describe.each(Object.entries(themes))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.says, row] as const))('%s', async (_says, row) => {
    const stage = createFakeStage();
    try {
      const { seen, wanted } = await play(stage, row);
      expect(seen).toEqual(wanted);
    } finally {
      await stage.close();
    }
  });
});

const rows = Object.values(themes).flat();

it('the table has at least 80 rows, and no sentence twice', () => {
  const says = rows.map((row) => row.says);
  expect(says.length).toBeGreaterThanOrEqual(80);
  expect(new Set(says).size).toBe(says.length);
});

describe('the most important ones, which are played on real engines, too,', () => {
  const real = rows.filter((row) => row.real === true);
  const meanwhile = real.flatMap((row) => row.meanwhile ?? []);
  const has = (what: string): boolean => JSON.stringify(real.map(({ then }) => then)).includes(what);

  it('are at least 20, of every theme', () => {
    expect(real.length).toBeGreaterThanOrEqual(20);
    for (const ofTheme of Object.values(themes)) expect(ofTheme.some((row) => row.real)).toBe(true);
  });

  it('have a runner killed in the middle of everything that it does', () => {
    const killed = new Set(meanwhile.flatMap((each) => ('kills' in each ? [each.kills] : [])));
    expect([...killed].sort()).toEqual(killPoints.toSorted());
  });

  it('have somebody who deletes, uninstalls, edits and leaves a release pending', () => {
    const done = new Set(meanwhile.flatMap((each) => Object.keys(each)));
    expect([...done]).toEqual(expect.arrayContaining(['deletes', 'uninstalls', 'edits', 'leavesPending']));
  });

  it('have a world that fails in every way that is not the runner’s own store', () => {
    const inReal = new Set(real.flatMap(({ fault }) => (fault === undefined ? [] : [fault.what])));
    const all = new Set(rows.flatMap(({ fault }) => (fault === undefined ? [] : [fault.what])));
    expect([...all].filter((what) => !inReal.has(what))).toEqual(['the store cannot be written']);
  });

  it('end held, partly back, denied, paused, in wait for a window, and with a component less', () => {
    for (const end of ['Held', 'PartiallyRolledBack', 'ReleaseDenied', 'Paused', 'MaintenanceWindow', 'uninstall '])
      expect([end, has(end)]).toEqual([end, true]);
    expect(real.some(({ approved }) => approved)).toBe(true);
  });
});
