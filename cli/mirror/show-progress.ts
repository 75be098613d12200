import { type Clock, systemClock } from '../../contract/index.ts';
import type { MirrorProgress } from '../../oci/index.ts';

/** How a transfer is told while it runs: one live line on a terminal, a line now and then in a log, events for programs. */
export type ProgressView = {
  readonly onProgress: (progress: MirrorProgress) => void;
  /** One artifact is where it belongs. */
  readonly item: (source: string, target: string) => void;
  /** Says what was held back, and takes the live line away. */
  readonly end: () => void;
};

type Stream = { write(text: string): unknown; isTTY?: boolean };

/** Milliseconds between two views. */
const every = { terminal: 100, log: 5_000, events: 1_000 };
/** Milliseconds for which items wait for others: a thousand lines one by one take the reader's and our time. */
const itemsMs = 100;

/** `json`: each event is one line of JSON: `{"event":"progress",...}` or `{"event":"item",...}`. */
export function showProgress(json: boolean, stream: Stream = process.stderr, clock: Clock = systemClock): ProgressView {
  const kind = json ? 'events' : stream.isTTY === true ? 'terminal' : 'log';
  let shownAt = clock.now().getTime();
  const clear = kind === 'terminal' ? '\r\u001b[K' : '';
  let items = '';
  let soon: NodeJS.Timeout | undefined;
  const sayItems = (): void => {
    clearTimeout(soon);
    soon = undefined;
    if (items !== '') stream.write(`${clear}${items}`);
    items = '';
  };
  return {
    onProgress: (progress) => {
      const now = clock.now().getTime();
      if (now - shownAt < every[kind]) return;
      shownAt = now;
      sayItems();
      if (kind === 'events') stream.write(`${JSON.stringify({ event: 'progress', ...progress })}\n`);
      else stream.write(kind === 'terminal' ? `${clear}${describe(progress)}` : `${describe(progress)}\n`);
    },
    item: (source, target) => {
      items +=
        kind === 'events' ? JSON.stringify({ event: 'item', source, target }) : `${'mirrored'.padEnd(9)} ${target}`;
      items += '\n';
      soon ??= setTimeout(sayItems, itemsMs).unref();
    },
    end: () => {
      sayItems();
      stream.write(clear);
    },
  };
}

/** `12 of 40 artifacts, 30 of 90 blobs, 1.2 of 3.4 GB, 310 MB/s, 8 s left`; `at least` while more may be found. */
export function describe({ items, blobs, bytes, known, bytesPerSecond, secondsLeft }: MirrorProgress): string {
  const least = known ? '' : 'at least ';
  const parts = [
    `${items.done} of ${items.total} artifacts`,
    `${blobs.done} of ${least}${blobs.total} blobs`,
    `${size(bytes.done)} of ${least}${size(bytes.total)}`,
  ];
  if (bytesPerSecond > 0) parts.push(`${size(bytesPerSecond)}/s`);
  if (secondsLeft !== null) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(', ');
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ''}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
