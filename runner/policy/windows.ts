import { type MaintenanceWindow, weekdays } from '../../contract/index.ts';
import { addDays, instantOf, localDate, weekdayOf } from './zoned-time.ts';

export type WindowState = { open: true } | { open: false; opensAt: Date };

/** Start is within, end is not. An end at or before the start is on the next day. No windows: always open. */
export function windowState(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  if (windows.length === 0) return { open: true };
  const instant = now.getTime();
  let next = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    const today = localDate(instant, window.timeZone);
    // Yesterday's may reach into today; within eight days every window opens at least once.
    for (let offset = -1; offset <= 8; offset++) {
      const date = addDays(today, offset);
      const weekday = weekdays[weekdayOf(date)];
      if (weekday === undefined || !window.days.includes(weekday)) continue;
      const start = instantOf(date, window.start, window.timeZone);
      const overnight = window.end <= window.start;
      const end = instantOf(overnight ? addDays(date, 1) : date, window.end, window.timeZone);
      if (start <= instant && instant < end) return { open: true };
      if (start > instant) next = Math.min(next, start);
    }
  }
  return { open: false, opensAt: new Date(next) };
}
