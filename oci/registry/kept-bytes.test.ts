import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeptBytes } from './kept-bytes.ts';

it('keeps the last bytes of a stream, however it is cut', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), pieces, fc.nat(), (size, stream, from) => {
      const kept = new KeptBytes(size);
      const whole = Buffer.concat(stream);
      for (const piece of stream) kept.add(piece);
      expect(kept.start).toBe(Math.max(0, whole.byteLength - size));
      const at = kept.start + (from % (whole.byteLength - kept.start + 1));
      expect(Buffer.concat([...kept.from(at)])).toEqual(whole.subarray(at));
    }),
  );
});

it('begins anew', () => {
  const kept = new KeptBytes(4);
  kept.add(Buffer.from('abcdef'));
  kept.clear();
  kept.add(Buffer.from('xyz'));
  expect([kept.start, Buffer.concat([...kept.from(1)]).toString()]).toEqual([0, 'yz']);
});

it('keeps 8 MiB of a blob up to 128 MiB, and no more in all than it may', () => {
  const mebibyte = 1024 * 1024;
  const keeping = { bytes: 0, most: 32 * mebibyte };
  expect(KeptBytes.of(129 * mebibyte, keeping)).toBeUndefined();
  const four = [1, 2, 3, 4].map(() => KeptBytes.of(128 * mebibyte, keeping));
  expect(four).not.toContain(undefined);
  expect([keeping.bytes, KeptBytes.of(mebibyte, keeping)]).toEqual([32 * mebibyte, undefined]);
  four[0]?.release();
  expect(KeptBytes.of(mebibyte, keeping)).toBeDefined();
});
