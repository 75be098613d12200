import type { JSX } from 'preact';

/** An instant as people read it; the script keeps the words fresh, the machine-readable instant stays. */
export function Moment({ at, now }: { at: string | Date; now: Date }): JSX.Element {
  const instant = new Date(at).toISOString();
  return (
    <time dateTime={instant} title={instant}>
      {ago(instant, now)}
    </time>
  );
}

/** Pure; assets/live.js says the same words. */
export function ago(instant: string, now: Date): string {
  const seconds = Math.round((now.getTime() - new Date(instant).getTime()) / 1000);
  const past = Math.abs(seconds);
  const words =
    past < 45
      ? 'just now'
      : past < 3600
        ? `${Math.max(1, Math.round(past / 60))} min`
        : past < 86_400
          ? `${Math.round(past / 3600)} h`
          : `${Math.round(past / 86_400)} d`;
  if (past < 45) return words;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}
