import type { JSX } from 'preact';
import type { MirrorReport } from '../../contract/index.ts';
import { Moment } from './moment.tsx';
import { nbsp, size, span } from './words.ts';

type MirrorSectionProps = {
  mirror: MirrorReport;
  /** When the runner said so. */
  at: string;
  now: Date;
  /** Its runner is heard now: what is told goes on. */
  connected: boolean;
};

/** How far the release is copied into the customer's registry. The sentence says all that the bar shows. */
export function MirrorSection({ mirror, at, now, connected }: MirrorSectionProps): JSX.Element {
  const share = percent(mirror);
  return (
    <section aria-labelledby="mirror" class="card mirror">
      <h2 id="mirror">Copying into the customer’s registry</h2>
      {/* Without a value while the totals still grow: a bar that jumps back says less than none. */}
      <progress
        aria-labelledby="mirror"
        aria-describedby="mirror-words"
        max={100}
        {...(share === null ? {} : { value: share })}
      />
      <p id="mirror-words">{mirrorWords(mirror, connected)}</p>
      <p class="muted small">
        Reported <Moment at={at} now={now} />
        {connected ? '' : '; the runner is not connected, and goes on from what is there when it is back'}
      </p>
    </section>
  );
}

/** Pure. Whole percents of the bytes; null while nobody knows how many there are. */
export function percent({ bytes, known }: MirrorReport): number | null {
  if (!known) return null;
  return bytes.total === 0 ? 100 : Math.floor((bytes.done / bytes.total) * 100);
}

/** Pure. */
export function mirrorWords(mirror: MirrorReport, moving: boolean): string {
  const { items, blobs, bytes, known, bytesPerSecond, secondsLeft } = mirror;
  const share = percent(mirror);
  const words = [
    ...(share === null ? [] : [`${share}${nbsp}%`]),
    `${items.done} of ${items.total} ${items.total === 1 ? 'artifact' : 'artifacts'}`,
    known ? `${blobs.done} of ${blobs.total} ${blobs.total === 1 ? 'blob' : 'blobs'}` : `${blobs.done} blobs`,
    known ? `${size(bytes.done)} of ${size(bytes.total)}` : `${size(bytes.done)} so far, still counting`,
  ];
  if (moving && bytesPerSecond > 0) words.push(`${size(bytesPerSecond)}/s`);
  if (moving && known && secondsLeft !== null && secondsLeft > 0) words.push(`about ${span(secondsLeft)} left`);
  return words.join(' · ');
}
