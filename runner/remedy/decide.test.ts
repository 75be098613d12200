import { describe, expect, it } from 'vitest';
import { remediesSchema, runnerPolicySchema } from '../../contract/index.ts';
import { decideRemedies, mostPerHour, remediesForbidden } from './decide.ts';
import { type Attempt, keyOf, type Trouble, type TroubleKind } from './trouble.ts';

const start = Date.parse('2026-01-05T10:00:00Z');
const time = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
const trouble = (kind: TroubleKind = 'crash-loop', workload = 'Deployment shop/web', name = 'web-1'): Trouble => ({
  kind,
  component: 'web',
  workload,
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` },
  message: `${name} is ill`,
});
const rules = remediesSchema.parse({ most: 2, rerunJobs: true });
const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  key: keyOf(trouble()),
  count: 1,
  lastAt: time(0),
  quietSince: null,
  told: false,
  ...over,
});

type Given = { troubles?: Trouble[]; attempts?: Attempt[]; at?: number; forbidden?: string | null; settings?: object };
const decide = ({ troubles = [trouble()], attempts = [], at = 0, forbidden = null, settings = {} }: Given) =>
  decideRemedies({
    troubles,
    attempts,
    rulesOf: (component) => (component === 'web' ? { ...rules, ...settings } : null),
    forbidden,
    now: new Date(time(at)),
  });
/** What is done, what is given up, when it is looked at again (in minutes), and how often each was tried. */
const told = (given: Given): string => {
  const { act, exhausted, until, attempts } = decide(given);
  return [
    ...act.map(({ trouble: { kind, object }, nth, most }) => `${kind} ${object.name} ${nth}/${most}`),
    ...exhausted.map(({ isNew }) => (isNew ? 'give up and say so' : 'given up')),
    ...(until === null ? [] : [`again at ${(until.getTime() - start) / 60_000}`]),
    `counted ${attempts.map(({ count }) => count).join(',')}`,
  ].join('; ');
};

describe('what is done about a trouble', () => {
  const table: [string, Given, string][] = [
    ['nothing, when there is none', { troubles: [] }, 'counted '],
    ['at once, the first time', {}, 'crash-loop web-1 1/2; again at 60; counted 1'],
    ['nothing more within its window', { attempts: [attempt()], at: 59 }, 'again at 60; counted 1'],
    [
      'once more in the next window',
      { attempts: [attempt()], at: 60 },
      'crash-loop web-1 2/2; again at 120; counted 2',
    ],
    ['nothing in the window of the last one', { attempts: [attempt({ count: 2 })], at: 30 }, 'again at 60; counted 2'],
    ['then a person is told', { attempts: [attempt({ count: 2 })], at: 60 }, 'give up and say so; counted 2'],
    ['and told once only', { attempts: [attempt({ count: 2, told: true })], at: 999 }, 'given up; counted 2'],
    [
      'it stays counted while the trouble is away for less than a window',
      { troubles: [], attempts: [attempt({ quietSince: time(10) })], at: 69 },
      'counted 1',
    ],
    [
      'it counts anew after a whole window without the trouble',
      { troubles: [], attempts: [attempt({ quietSince: time(10) })], at: 70 },
      'counted ',
    ],
    [
      'a trouble that comes back within the window is the same one',
      { attempts: [attempt({ count: 2, quietSince: time(50) })], at: 61 },
      'give up and say so; counted 2',
    ],
    ['nothing, when the customer does not want it', { forbidden: 'off' }, 'counted '],
    [
      'a person is told all the same, when the customer does not want more',
      { forbidden: 'off', attempts: [attempt({ count: 2 })], at: 60 },
      'give up and say so; counted 2',
    ],
    ['nothing, when the component does not want it', { settings: { restartPods: false } }, 'counted '],
    ['nothing for Jobs by default', { troubles: [trouble('failed-job')], settings: { rerunJobs: false } }, 'counted '],
    [
      'nothing for volumes, when the component does not want it',
      { troubles: [trouble('stuck-attachment')], settings: { recycleAttachments: false } },
      'counted ',
    ],
    ['nothing for a component that is not kept', { troubles: [{ ...trouble(), component: 'other' }] }, 'counted '],
    [
      'one pod of a workload at a time, the first by name',
      { troubles: [trouble('crash-loop', 'Deployment shop/web', 'web-2'), trouble()] },
      'crash-loop web-1 1/2; again at 60; counted 1',
    ],
    [
      'all in their order, whatever the order in which they were seen',
      {
        troubles: [
          trouble('failed-job', 'Job shop/m', 'm'),
          trouble(),
          trouble('stuck-attachment', 'StatefulSet shop/db', 'db-0'),
        ],
      },
      'stuck-attachment db-0 1/2; crash-loop web-1 1/2; failed-job m 1/2; again at 60; counted 1,1,1',
    ],
    [
      'nothing within the window, also when the clock was set back by a minute',
      { attempts: [attempt({ lastAt: time(1) })] },
      'again at 61; counted 1',
    ],
    [
      'as before, when the clock was set back by a day',
      { attempts: [attempt({ lastAt: time(1440) })] },
      'crash-loop web-1 2/2; again at 60; counted 2',
    ],
  ];
  it.each(table)('%s', (_, given, expected) => {
    expect(told(given)).toBe(expected);
  });

  it('is no more than so many in an hour, in the whole install', () => {
    const troubles = Array.from({ length: 30 }, (_, i) => trouble('crash-loop', `Deployment shop/w${i}`, `w${i}`));
    const first = decide({ troubles });
    expect(first.act).toHaveLength(mostPerHour);
    expect(first.until).not.toBeNull();
    expect(decide({ troubles, attempts: first.attempts, at: 30 }).act).toEqual([]);
    expect(decide({ troubles, attempts: first.attempts, at: 61 }).act).toHaveLength(mostPerHour);
    const setBack = first.attempts.map((each) => ({ ...each, lastAt: time(5000) }));
    expect(decide({ troubles, attempts: setBack, at: 61 }).act.length).toBeGreaterThan(0);
  });
});

describe("the customer's word on remedies", () => {
  const table: [string, object, RegExp | null][] = [
    ['allows them when it says nothing', {}, null],
    ['allows them with the verb restart', { allowedVerbs: ['restart'] }, null],
    ['forbids them without the verb restart', { allowedVerbs: ['upgrade'] }, /restart/],
    ['switches them off', { remedies: 'off' }, /off/],
    ['pauses them', { paused: true }, /pauses/],
  ];
  it.each(table)('%s', (_, policy, expected) => {
    const forbidden = remediesForbidden(runnerPolicySchema.parse(policy));
    if (expected === null) expect(forbidden).toBeNull();
    else expect(forbidden).toMatch(expected);
  });
});
