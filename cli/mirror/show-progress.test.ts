import { describe, expect, it } from 'vitest';
import type { Clock } from '../../contract/index.ts';
import { describe as describeProgress, showProgress, size } from './show-progress.ts';

const progress = {
  items: { done: 12, total: 40 },
  blobs: { done: 30, total: 90 },
  bytes: { done: 1_200_000_000, total: 3_400_000_000 },
  known: true,
  bytesPerSecond: 310_000_000,
  secondsLeft: 8,
};

function view(json: boolean, isTTY: boolean) {
  let at = 0;
  const written: string[] = [];
  const clock: Clock = { now: () => new Date(at), sleep: async () => undefined };
  const shown = showProgress(json, { isTTY, write: (text) => written.push(text) }, clock);
  return { ...shown, written, pass: (ms: number) => void (at += ms) };
}

describe('progress', () => {
  it('is a sentence', () => {
    expect(describeProgress(progress)).toBe('12 of 40 artifacts, 30 of 90 blobs, 1.2 GB of 3.4 GB, 310 MB/s, 8 s left');
    expect(describeProgress({ ...progress, known: false, secondsLeft: null, bytesPerSecond: 0 })).toBe(
      '12 of 40 artifacts, 30 of at least 90 blobs, 1.2 GB of at least 3.4 GB',
    );
    expect([0, 999, 1000, 123_456, 5e12, 7e16].map(size)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '123 kB',
      '5.0 TB',
      '70000 TB',
    ]);
  });

  it('is one line that is written over on a terminal, ten times a second at most', () => {
    const terminal = view(false, true);
    for (let n = 0; n < 30; n++) {
      terminal.pass(10);
      terminal.onProgress(progress);
    }
    expect(terminal.written).toHaveLength(3);
    expect(terminal.written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
    terminal.item('a', 'b@sha256:1');
    terminal.item('a', 'c@sha256:2');
    terminal.pass(100);
    terminal.onProgress(progress);
    expect(terminal.written.slice(3)).toEqual([
      '\r\u001b[Kmirrored  b@sha256:1\nmirrored  c@sha256:2\n',
      `\r\u001b[K${describeProgress(progress)}`,
    ]);
  });

  it('tells items after a moment, also when nothing else happens', async () => {
    const log = view(false, false);
    log.item('a', 'b@sha256:1');
    await expect.poll(() => log.written).toEqual(['mirrored  b@sha256:1\n']);
    log.end();
  });

  it('is a line every five seconds in a log, without control characters', () => {
    const log = view(false, false);
    for (let n = 0; n < 100; n++) {
      log.pass(100);
      log.onProgress(progress);
    }
    log.end();
    expect(log.written.join('')).toBe(`${describeProgress(progress)}\n`.repeat(2));
  });

  it('is events for programs', () => {
    const events = view(true, true);
    events.pass(1000);
    events.onProgress(progress);
    events.item('a', 'b');
    events.end();
    expect(
      events.written
        .join('')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: 'progress', ...progress },
      { event: 'item', source: 'a', target: 'b' },
    ]);
  });
});
