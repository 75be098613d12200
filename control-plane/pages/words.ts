/** `DesiredStateIssued` as people read it: "desired state issued". */
export function spaced(reason: string): string {
  return reason.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Keeps a number and its unit on one line. */
export const nbsp = '\u00a0';

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of ten, three digits at most: `1.25 GB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit: (typeof units)[number] = 'B';
  for (const next of units.slice(1)) {
    // Rounded first: 999.9 kB is 1 MB.
    if (Math.round(value) < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${Number(value.toPrecision(3))}${nbsp}${unit}`;
}

/** Seconds as people count them: `40 s`, `4 min`, `2 h 10 min`. */
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))}${nbsp}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${nbsp}min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${nbsp}h${rest === 0 ? '' : `${nbsp}${rest}${nbsp}min`}`;
}
