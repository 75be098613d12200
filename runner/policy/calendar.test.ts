import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeSchema, type MaintenanceWindow, weekdays, windowSchema } from '../../contract/index.ts';
import { calendarState, type CalendarState } from './calendar.ts';
import { instantOf, localDate } from './zoned-time.ts';

const days = (list: string): MaintenanceWindow['days'] =>
  weekdays.filter((day) => list === 'all' || list.includes(day));
const window = (list: string, start: string, end: string, timeZone = 'Europe/Berlin', more: object = {}) =>
  windowSchema.parse({ days: days(list), start, end, timeZone, ...more });
const freeze = (from: string, to: string, timeZone = 'Europe/Berlin') => freezeSchema.parse({ from, to, timeZone });
const tell = (state: CalendarState): string =>
  state.open ? 'open' : `${state.reason} ${state.until?.toISOString() ?? 'never'}`;

describe('a maintenance window', () => {
  const closed = (at: string): string => `MaintenanceWindow ${at}:00.000Z`;
  it.each<[string, MaintenanceWindow[], string, string]>([
    ['that is not there is always open', [], '2026-01-05T10:00:00Z', 'open'],
    ['is open at its start', [window('Mon', '11:00', '12:00')], '2026-01-05T10:00:00Z', 'open'],
    ['is closed at its end', [window('Mon', '10:00', '11:00')], '2026-01-05T10:00:00Z', closed('2026-01-12T09:00')],
    ['opens later the same day', [window('Mon', '22:00', '23:00')], '2026-01-05T10:00:00Z', closed('2026-01-05T21:00')],
    ['is open after midnight, on the day after', [window('Sun', '23:00', '02:00')], '2026-01-05T00:30:00Z', 'open'],
    [
      'over midnight is closed on the evening after its day',
      [window('Sun', '23:00', '02:00')],
      '2026-01-05T22:30:00Z',
      closed('2026-01-11T22:00'),
    ],
    ['from a time to the same time lasts a day', [window('Mon', '00:00', '00:00')], '2026-01-05T22:59:00Z', 'open'],
    [
      'is judged in its own zone',
      [window('Tue', '08:00', '09:00', 'Pacific/Auckland')],
      '2026-01-05T19:30:00Z',
      'open',
    ],
    [
      'of several: the first to open counts',
      [window('Fri', '02:00', '04:00'), window('Wed', '02:00', '04:00')],
      '2026-01-05T10:00:00Z',
      closed('2026-01-07T01:00'),
    ],
    [
      'that starts in the hour left out starts as long after the change',
      [window('all', '02:30', '04:00')],
      '2026-03-29T00:00:00Z',
      closed('2026-03-29T01:30'),
    ],
    [
      'after the change to summer time opens an hour earlier in UTC',
      [window('all', '04:00', '05:00')],
      '2026-03-29T00:00:00Z',
      closed('2026-03-29T02:00'),
    ],
    [
      'in the hour that comes twice opens the first time',
      [window('Sun', '02:30', '04:00')],
      '2026-10-25T00:00:00Z',
      closed('2026-10-25T00:30'),
    ],
    ['over the hour that comes twice lasts longer', [window('Sun', '01:00', '03:30')], '2026-10-25T02:15:00Z', 'open'],
    ['west of the date line', [window('Sun', '20:00', '22:00', 'Pacific/Honolulu')], '2026-01-05T07:00:00Z', 'open'],
  ])('%s', (_, windows, now, expected) => {
    expect(tell(calendarState({ windows, freezes: [] }, [], new Date(now)))).toBe(expected);
  });
});

describe('a window for some components', () => {
  const shop = { name: 'shop', kind: 'helm' };
  const base = { name: 'base', kind: 'terraform' };
  const nightly = window('all', '02:00', '04:00', 'UTC', { kinds: ['helm'] });
  const sunday = window('Sun', '01:00', '05:00', 'UTC', { components: ['base'] });
  it.each<[string, MaintenanceWindow[], { name: string; kind: string }[], string]>([
    ['is open for them', [nightly], [shop], 'open'],
    ['does not count for others', [nightly], [base], 'MaintenanceWindow never'],
    [
      'waits until each component has one that is open',
      [nightly, sunday],
      [shop, base],
      'MaintenanceWindow 2026-01-11T02:00:00.000Z',
    ],
    ['is enough for a release that changes no component', [nightly], [], 'open'],
  ])('%s', (_, windows, touched, expected) => {
    expect(tell(calendarState({ windows, freezes: [] }, touched, new Date('2026-01-05T03:00:00Z')))).toBe(expected);
  });
});

describe('a freeze', () => {
  const nights = [window('all', '02:00', '04:00', 'UTC')];
  const xmas = freeze('2026-12-20', '2027-01-06');
  it.each<[string, Parameters<typeof calendarState>[0], string, string]>([
    ['begins at midnight of its zone', { windows: [], freezes: [xmas] }, '2026-12-19T22:59:59Z', 'open'],
    ['holds from then on', { windows: [], freezes: [xmas] }, '2026-12-19T23:00:00Z', 'Freeze 2027-01-06T23:00:00.000Z'],
    [
      'holds on its last day',
      { windows: [], freezes: [xmas] },
      '2027-01-06T22:59:59Z',
      'Freeze 2027-01-06T23:00:00.000Z',
    ],
    ['is over after it', { windows: [], freezes: [xmas] }, '2027-01-06T23:00:00Z', 'open'],
    [
      'is stronger than an open window',
      { windows: nights, freezes: [xmas] },
      '2026-12-24T03:00:00Z',
      'Freeze 2027-01-07T02:00:00.000Z',
    ],
    [
      'takes away the window that would open next',
      { windows: nights, freezes: [freeze('2026-03-02', '2026-03-03', 'UTC')] },
      '2026-03-01T12:00:00Z',
      'MaintenanceWindow 2026-03-04T02:00:00.000Z',
    ],
    [
      'that follows another holds on',
      { windows: [], freezes: [freeze('2026-03-01', '2026-03-02', 'UTC'), freeze('2026-03-03', '2026-06-30', 'UTC')] },
      '2026-03-01T12:00:00Z',
      'Freeze 2026-07-01T00:00:00.000Z',
    ],
    [
      'that ends in the midst of a window lets it go on',
      { windows: [window('all', '22:00', '06:00', 'UTC')], freezes: [freeze('2026-03-01', '2026-03-02', 'UTC')] },
      '2026-03-02T23:00:00Z',
      'Freeze 2026-03-03T00:00:00.000Z',
    ],
  ])('%s', (_, policy, now, expected) => {
    expect(tell(calendarState(policy, [], new Date(now)))).toBe(expected);
  });
});

describe('wall-clock time', () => {
  const readings = new Map<string, Intl.DateTimeFormat>();
  const reading = (instant: number, timeZone: string): string => {
    const style = { dateStyle: 'short', timeStyle: 'short' } as const;
    const format = readings.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, ...style });
    readings.set(timeZone, format);
    return format.format(instant);
  };
  const offsets = new Map<string, Intl.DateTimeFormat>();
  const offsetAt = (instant: number, zone: string): string => {
    const format =
      offsets.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    offsets.set(zone, format);
    return format.format(instant).split(', ')[1] ?? '';
  };
  /** Instants of 2024 to 2027 after which the zone has another offset, to the minute. */
  const transitionsOf = (zone: string): number[] => {
    const found: number[] = [];
    const first = Date.UTC(2024, 0, 1);
    const week = 7 * 86_400_000;
    for (let at = first; at < Date.UTC(2028, 0, 1); at += week) {
      if (offsetAt(at, zone) === offsetAt(at + week, zone)) continue;
      let [low, high] = [at, at + week];
      while (high - low > 60_000) {
        const middle = low + Math.floor((high - low) / 120_000) * 60_000;
        if (offsetAt(middle, zone) === offsetAt(at, zone)) low = middle;
        else high = middle;
      }
      found.push(high);
    }
    return found;
  };
  const zones = Intl.supportedValuesOf('timeZone');
  // One of each rule is enough where many zones share it: the same transitions are the same arithmetic.
  const byRule = new Map<string, { zone: string; transitions: number[] }>();
  for (const zone of zones) {
    const year = Date.UTC(2025, 0, 1);
    const months = Array.from({ length: 36 }, (__, i) => offsetAt(year + i * 30 * 86_400_000, zone)).join();
    if (!byRule.has(months)) byRule.set(months, { zone, transitions: transitionsOf(zone) });
  }
  const rules = [...byRule.values()];

  it('is known for every zone, and rules with and without summer time are among them', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(rules.filter(({ transitions }) => transitions.length > 0).length).toBeGreaterThan(15);
    expect(rules.filter(({ transitions }) => transitions.length === 0).length).toBeGreaterThan(15);
  });

  it('is read back by Intl as it was written, around every change of the clocks; what comes twice is the first, what never comes is later', () => {
    const quarter = 15 * 60_000;
    for (const { zone, transitions } of rules) {
      for (const around of [...transitions, Date.UTC(2026, 5, 15)]) {
        for (let i = -16; i <= 16; i++) {
          const at = around + i * quarter;
          const [, clock = ''] = reading(at, zone).split(' ');
          const found = instantOf(localDate(at, zone), clock, zone);
          expect(reading(found, zone), `${zone} ${new Date(at).toISOString()}`).toBe(reading(at, zone));
          expect(found <= at, `${zone} ${at}`).toBe(true);
        }
        // A reading that is left out is never taken for one before the change.
        const before = reading(around - 60_000, zone);
        const after = reading(around, zone);
        const [beforeDate = '', beforeTime = ''] = before.split(' ');
        const [, afterTime = ''] = after.split(' ');
        const gap = beforeTime < afterTime && before.slice(0, 10) === after.slice(0, 10);
        const [hour = 0, minute = 0] = beforeTime.split(':').map(Number);
        const next = `${String(hour + Math.floor((minute + 1) / 60)).padStart(2, '0')}:${String((minute + 1) % 60).padStart(2, '0')}`;
        if (!gap || next >= afterTime) continue;
        expect(beforeDate).toBe(after.slice(0, 10));
        const found = instantOf(localDate(around, zone), next, zone);
        expect(found >= around, `${zone} ${next}`).toBe(true);
      }
    }
  });
});

describe('when a change may begin', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '30'))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${m}`);
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kathmandu',
  );
  const anyWindow = fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
      start: time,
      end: time,
      timeZone: zone,
    })
    .map((given) => windowSchema.parse(given));
  const date = fc
    .integer({ min: 0, max: 60 })
    .map((n) => new Date(Date.UTC(2026, 2, 1 + n)).toISOString().slice(0, 10));
  const anyFreeze = fc
    .tuple(date, date, zone)
    .map(([a, b, timeZone]) => freeze(a < b ? a : b, a < b ? b : a, timeZone));
  const anyNow = fc.integer({ min: 0, max: 60 * 24 * 12 }).map((n) => new Date(Date.UTC(2026, 2, 1) + n * 300_000));

  it('is a week later where the window lies in the hour that clocks leave out', () => {
    const windows = [windowSchema.parse({ days: ['Sun'], start: '02:30', end: '03:00', timeZone: 'Europe/Berlin' })];
    const state = calendarState({ windows, freezes: [] }, [], new Date('2026-03-22T02:00:00.000Z'));
    expect(state).toMatchObject({ open: false, until: new Date('2026-04-05T00:30:00.000Z') });
  });

  it('is told truly: closed until then, open at that moment', () => {
    fc.assert(
      fc.property(
        fc.array(anyWindow, { maxLength: 3 }),
        fc.array(anyFreeze, { maxLength: 3 }),
        anyNow,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (windows, freezes, now, part) => {
          const state = calendarState({ windows, freezes }, [], now);
          if (state.open) return;
          expect(state.until).not.toBeNull();
          const until = state.until?.getTime() ?? 0;
          expect(until).toBeGreaterThan(now.getTime());
          expect(calendarState({ windows, freezes }, [], new Date(until)).open).toBe(true);
          const between = new Date(now.getTime() + Math.floor((until - now.getTime()) * part));
          expect(calendarState({ windows, freezes }, [], between).open).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });
});
