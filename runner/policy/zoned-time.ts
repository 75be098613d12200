/** Wall-clock time in an IANA zone, by way of Intl: no table of our own. */
export type LocalDate = { year: number; month: number; day: number };

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Milliseconds since the epoch of the same wall-clock reading, taken as UTC. Throws RangeError for an unknown zone. */
function wallClock(instant: number, timeZone: string): number {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]),
  );
  const at = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
}

export function localDate(instant: number, timeZone: string): LocalDate {
  const date = new Date(wallClock(instant, timeZone));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `YYYY-MM-DD`. */
export function parseDate(text: string): LocalDate {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  return { year, month, day };
}

/** 0 = Monday. */
export function weekdayOf(date: LocalDate): number {
  return (new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDay() + 6) % 7;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  const moved = new Date(Date.UTC(date.year, date.month - 1, date.day + days));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

/**
 * The instant at which clocks in the zone read `date time`. A reading that comes twice (clocks go back) is the first one; one that
 * never comes (clocks go forward) is as long after the change as it would have been after the hour left out.
 */
export function instantOf(date: LocalDate, time: string, timeZone: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  const wanted = Date.UTC(date.year, date.month - 1, date.day, Number(hour), Number(minute));
  const day = 86_400_000;
  const offsets = [wanted - day, wanted + day].map((near) => wallClock(near, timeZone) - near);
  const candidates = offsets.map((offset) => wanted - offset).sort((a, b) => a - b);
  const exact = candidates.find((instant) => wallClock(instant, timeZone) === wanted);
  return exact ?? wanted - (offsets[0] ?? 0);
}
