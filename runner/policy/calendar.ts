import { type Freeze, type MaintenanceWindow, weekdays } from '../../contract/index.ts';
import { addDays, instantOf, localDate, parseDate, weekdayOf } from './zoned-time.ts';

/** A component that a change touches. */
export type Touched = { name: string; kind: string };
/** `until`: null when no window will ever open for it. */
export type CalendarState =
  { open: true } | { open: false; reason: 'Freeze' | 'MaintenanceWindow'; why: string | null; until: Date | null };

type Span = { start: number; end: number };
type Opening = Span & { window: MaintenanceWindow };

/** Every window opens at least once in that time: one that lies in the hour that clocks leave out in spring opens a week later. */
const longestWeek = 16;
const day = 86_400_000;

/**
 * Whether a change of these components may begin. Each of them needs an open window that is for it; a change that touches none needs any.
 * A freeze is stronger than every window. Throws RangeError for a zone that nobody knows.
 */
export function calendarState(
  policy: { windows: readonly MaintenanceWindow[]; freezes: readonly Freeze[] },
  touched: readonly Touched[],
  now: Date,
): CalendarState {
  const instant = now.getTime();
  const frozen = policy.freezes
    .map((freeze) => ({ ...spanOf(freeze), reason: freeze.reason ?? null }))
    .filter(({ end }) => end > instant);
  const isFrozen = (at: number): boolean => frozen.some(({ start, end }) => start <= at && at < end);

  const { windows } = policy;
  const next = (from: number): number | null => {
    const openings = windows.flatMap((window) => openingsOf(window, from));
    const starts = openings.map(({ start }) => start).filter((start) => start > from);
    const ends = frozen.map(({ end }) => end).filter((end) => end > from && end < from + longestWeek * day);
    const candidates = [from, ...starts, ...ends].sort((a, b) => a - b);
    return candidates.find((at) => !isFrozen(at) && isCovered(windows, openings, touched, at)) ?? null;
  };
  // A freeze may last longer than windows are looked ahead: then it goes on from its end.
  for (const from of [instant, ...frozen.map(({ end }) => end).sort((a, b) => a - b)]) {
    const at = next(from);
    if (at === instant) return { open: true };
    if (at !== null) return closed(at);
  }
  return closed(null);

  function closed(at: number | null): CalendarState {
    const holding = frozen.find(({ start }) => start <= instant);
    const reason = holding === undefined ? 'MaintenanceWindow' : 'Freeze';
    return { open: false, reason, why: holding?.reason ?? null, until: at === null ? null : new Date(at) };
  }
}

function isCovered(
  windows: readonly MaintenanceWindow[],
  openings: readonly Opening[],
  touched: readonly Touched[],
  at: number,
): boolean {
  if (windows.length === 0) return true;
  const open = openings.filter(({ start, end }) => start <= at && at < end);
  if (touched.length === 0) return open.length > 0;
  return touched.every((component) => open.some(({ window }) => isFor(window, component)));
}

function isFor({ kinds, components }: MaintenanceWindow, { name, kind }: Touched): boolean {
  return (kinds?.includes(kind) ?? true) && (components?.some((each) => each === name) ?? true);
}

/** Start is within, end is not. An end at or before the start is on the next day. */
function openingsOf(window: MaintenanceWindow, from: number): Opening[] {
  const today = localDate(from, window.timeZone);
  const openings: Opening[] = [];
  // Yesterday's may reach into today.
  for (let offset = -1; offset <= longestWeek; offset++) {
    const date = addDays(today, offset);
    const weekday = weekdays[weekdayOf(date)];
    if (weekday === undefined || !window.days.includes(weekday)) continue;
    const start = instantOf(date, window.start, window.timeZone);
    const lastDay = window.end <= window.start ? addDays(date, 1) : date;
    openings.push({ start, end: instantOf(lastDay, window.end, window.timeZone), window });
  }
  return openings;
}

function spanOf({ from, to, timeZone }: Freeze): Span {
  const start = instantOf(parseDate(from), '00:00', timeZone);
  return { start, end: instantOf(addDays(parseDate(to), 1), '00:00', timeZone) };
}
