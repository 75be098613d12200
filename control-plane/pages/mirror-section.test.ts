import { describe, expect, it } from 'vitest';
import type { MirrorReport } from '../../contract/index.ts';
import { mirrorWords, percent } from './mirror-section.tsx';
import { nbsp, size, span } from './words.ts';

const spaced = (text: string): string => text.replaceAll(nbsp, ' ');

const mirror = (change: Partial<MirrorReport> = {}): MirrorReport => ({
  items: { done: 3, total: 7 },
  blobs: { done: 20, total: 31 },
  bytes: { done: 1_250_000_000, total: 3_400_000_000 },
  known: true,
  bytesPerSecond: 45_200_000,
  secondsLeft: 48,
  ...change,
});

describe('the words beside the bar of a copy', () => {
  it('say how far it is, how fast, and how long it takes', () => {
    expect(spaced(mirrorWords(mirror(), true))).toBe(
      '36 % · 3 of 7 artifacts · 20 of 31 blobs · 1.25 GB of 3.4 GB · 45.2 MB/s · about 48 s left',
    );
  });

  it('say no share and no end while the totals still grow', () => {
    const growing = mirror({ known: false, secondsLeft: null, items: { done: 0, total: 1 } });
    expect(percent(growing)).toBe(null);
    expect(spaced(mirrorWords(growing, true))).toBe(
      '0 of 1 artifact · 20 blobs · 1.25 GB so far, still counting · 45.2 MB/s',
    );
  });

  it('say no speed and no end when the runner is not heard, or nothing moves', () => {
    const still = '36 % · 3 of 7 artifacts · 20 of 31 blobs · 1.25 GB of 3.4 GB';
    expect(spaced(mirrorWords(mirror(), false))).toBe(still);
    expect(spaced(mirrorWords(mirror({ bytesPerSecond: 0, secondsLeft: null }), true))).toBe(still);
  });

  it('are never whole before the copy is, and whole where there was nothing to copy', () => {
    expect(percent(mirror({ bytes: { done: 9999, total: 10_000 } }))).toBe(99);
    expect(percent(mirror({ bytes: { done: 0, total: 0 } }))).toBe(100);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [999_600, '1 MB'],
    [1_234_567, '1.23 MB'],
    [5e12, '5 TB'],
    [7e15, '7000 TB'],
  ])('%d bytes are %s', (bytes, words) => expect(spaced(size(bytes))).toBe(words));

  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [100, '2 min'],
    [3600, '1 h'],
    [7800, '2 h 10 min'],
  ])('%d seconds are %s', (seconds, words) => expect(spaced(span(seconds))).toBe(words));
});
