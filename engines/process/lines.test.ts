import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitLines } from './lines.ts';

it('gives the same lines however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (texts, cuts) => {
        const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, ' '));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const seen: string[] = [];
        const splitter = splitLines((line) => seen.push(line));
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % Math.max(1, cuts.length)] ?? 3;
          splitter.write(bytes.subarray(at, at + size));
          at += size;
        }
        splitter.end();
        expect(seen).toEqual(lines);
      },
    ),
  );
});

it('cuts an endless line instead of holding it', () => {
  const seen: string[] = [];
  const splitter = splitLines((line) => seen.push(line));
  for (let i = 0; i < 50; i++) splitter.write(Buffer.alloc(10_000, 'x'));
  splitter.write(Buffer.from('\r\nnext'));
  splitter.end();
  expect(seen[0]?.length).toBeLessThan(66_000);
  expect(seen[1]).toBe('next');
});
