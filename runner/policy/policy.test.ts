import { describe, expect, it } from 'vitest';
import type { MaintenanceWindow, RunnerPolicy } from '../../contract/index.ts';
import { judge, windowState } from './index.ts';

const window = (
  days: MaintenanceWindow['days'],
  start: string,
  end: string,
  timeZone = 'Europe/Berlin',
): MaintenanceWindow => ({ days, start, end, timeZone });
const all: MaintenanceWindow['days'] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

describe('a maintenance window', () => {
  // name, windows, now, 'open' or when the next one opens
  const golden: [string, MaintenanceWindow[], string, string][] = [
    ['that is not there is always open', [], '2026-01-05T10:00:00Z', 'open'],
    ['is open at its start', [window(['Mon'], '11:00', '12:00')], '2026-01-05T10:00:00Z', 'open'],
    ['is closed at its end', [window(['Mon'], '10:00', '11:00')], '2026-01-05T10:00:00Z', '2026-01-12T09:00:00.000Z'],
    [
      'opens later the same day',
      [window(['Mon'], '22:00', '23:00')],
      '2026-01-05T10:00:00Z',
      '2026-01-05T21:00:00.000Z',
    ],
    [
      'over midnight is open after it, on the day after',
      [window(['Sun'], '23:00', '02:00')],
      '2026-01-05T00:30:00Z',
      'open',
    ],
    [
      'over midnight is closed on the evening after its day',
      [window(['Sun'], '23:00', '02:00')],
      '2026-01-05T22:30:00Z',
      '2026-01-11T22:00:00.000Z',
    ],
    ['from a time to the same time lasts a day', [window(['Mon'], '00:00', '00:00')], '2026-01-05T22:59:00Z', 'open'],
    [
      'is judged in its own zone',
      [window(['Tue'], '08:00', '09:00', 'Pacific/Auckland')],
      '2026-01-05T19:30:00Z',
      'open',
    ],
    [
      'of several: the first to open counts',
      [window(['Fri'], '02:00', '04:00'), window(['Wed'], '02:00', '04:00')],
      '2026-01-05T10:00:00Z',
      '2026-01-07T01:00:00.000Z',
    ],
    [
      'that starts in the hour left out starts as long after the change',
      [window(all, '02:30', '04:00')],
      '2026-03-29T00:00:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'after the change to summer time opens an hour earlier in UTC',
      [window(all, '04:00', '05:00')],
      '2026-03-29T00:00:00Z',
      '2026-03-29T02:00:00.000Z',
    ],
    [
      'in the hour that comes twice opens the first time',
      [window(['Sun'], '02:30', '04:00')],
      '2026-10-25T00:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'over the hour that comes twice lasts an hour longer',
      [window(['Sun'], '01:00', '03:30')],
      '2026-10-25T02:15:00Z',
      'open',
    ],
    ['west of the date line', [window(['Sun'], '20:00', '22:00', 'Pacific/Honolulu')], '2026-01-05T07:00:00Z', 'open'],
  ];
  it.each(golden)('%s', (_, windows, now, expected) => {
    const state = windowState(windows, new Date(now));
    expect(state.open ? 'open' : state.opensAt.toISOString()).toBe(expected);
  });
});

describe('a change of release', () => {
  const now = new Date('2026-01-05T10:00:00Z');
  const asked = { kinds: ['helm', 'terraform'], registry: 'vendor.test', pinnedRegistry: 'vendor.test' };
  const free: RunnerPolicy = { paused: false, windows: [] };
  const table: [string, Partial<RunnerPolicy>, Partial<typeof asked>, object][] = [
    ['goes when nothing is limited', {}, {}, { kind: 'go' }],
    ['is stopped by a pause, before everything else', { paused: true, allowedKinds: [] }, {}, { kind: 'paused' }],
    [
      'is refused with a kind that is not allowed',
      { allowedKinds: ['helm'] },
      {},
      { kind: 'refuse', reason: 'KindNotAllowed' },
    ],
    ['is refused when no kind is allowed', { allowedKinds: [] }, {}, { kind: 'refuse', reason: 'KindNotAllowed' }],
    [
      'is refused from another registry than the one pinned',
      {},
      { registry: 'evil.test' },
      { kind: 'refuse', reason: 'RegistryNotAllowed' },
    ],
    [
      'goes from a registry that the customer names',
      { allowedRegistries: ['other.test'] },
      { registry: 'other.test' },
      { kind: 'go' },
    ],
    [
      'is refused from the pinned one when the customer names others',
      { allowedRegistries: ['other.test'] },
      {},
      { kind: 'refuse', reason: 'RegistryNotAllowed' },
    ],
    [
      'waits for the window',
      { windows: [window(['Tue'], '02:00', '03:00', 'UTC')] },
      {},
      { kind: 'wait', until: new Date('2026-01-06T02:00:00Z') },
    ],
    [
      'is refused with a zone that nobody knows: closed, not open',
      { windows: [window(['Mon'], '00:00', '23:59', 'Mars/Olympus')] },
      {},
      { kind: 'refuse', reason: 'PolicyUnusable' },
    ],
  ];
  it.each(table)('%s', (_, policy, change, expected) => {
    expect(judge({ ...free, ...policy }, { ...asked, ...change }, now)).toMatchObject(expected);
  });
});
