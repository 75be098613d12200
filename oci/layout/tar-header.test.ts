import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePax, parseTarHeader, tarHeader } from './tar-header.ts';

describe('a header of tar', () => {
  it('says what was said, also above 8 GiB', () => {
    const sizes = fc.oneof(
      fc.nat(),
      fc.integer({ min: 8 ** 11 - 2, max: 8 ** 11 + 2 }),
      fc.integer({ min: 0, max: 2 ** 50 }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9/]{1,100}$/), sizes, (name, size) => {
        const header = tarHeader({ name, size });
        expect(header.length).toBe(512);
        expect(parseTarHeader(header, 'x')).toEqual({ name, size, type: '0' });
      }),
    );
  });

  it('that is anything else has a code, and pax, too', () => {
    const anything = fc.uint8Array({ minLength: 512, maxLength: 512 });
    const almostPax = fc
      .string({ unit: fc.constantFrom(' ', '=', '\n', '0', '1', '2', '3', 'a', '-'), maxLength: 40 })
      .map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(anything, almostPax), (bytes) => {
        for (const parse of [parseTarHeader, parsePax]) {
          try {
            parse(Buffer.from(bytes), 'x');
          } catch (error) {
            expect(error).toMatchObject({ code: 'LF-OCI-033' });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['=', 'no-space=', '0 a=b\n', '5 a=b', '-6 a=b\n', '3 a=b\n', '4 ab\n', '99 a=b\n'])(
    'of pax that says %j is refused: the first was once read for ever',
    (text) => {
      expect(() => parsePax(Buffer.from(text), 'x')).toThrow(/pax header cannot be read/);
    },
  );

  it('of pax is read', () => {
    expect(parsePax(Buffer.from('18 size=123456789\n12 path=abc\n'), 'x')).toEqual({ size: 123_456_789, path: 'abc' });
  });
});
