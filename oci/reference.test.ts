import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LandfallError } from '../contract/index.ts';
import { formatReference, isRepository, parseReference, type Reference } from './reference.ts';

const hex = 'a'.repeat(64);

/** Undefined when it was refused as it should be. */
function parsedOrRefused(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof LandfallError && error.code === 'LF-OCI-001') return undefined;
    throw error;
  }
}

describe('a reference', () => {
  it.each([
    ['nginx', 'registry-1.docker.io', 'library/nginx', undefined, undefined],
    ['docker.io/org/app:1.0', 'registry-1.docker.io', 'org/app', '1.0', undefined],
    ['localhost/app', 'localhost', 'app', undefined, undefined],
    ['10.89.0.1:5000/a/b-c__d.e:v1', '10.89.0.1:5000', 'a/b-c__d.e', 'v1', undefined],
    [`r.example:443/a@sha256:${hex}`, 'r.example:443', 'a', undefined, `sha256:${hex}`],
    [`r.example/a:1@sha256:${hex}`, 'r.example', 'a', '1', `sha256:${hex}`],
    ['[::1]:5000/a', '[::1]:5000', 'a', undefined, undefined],
    [
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com/lf/x',
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      'lf/x',
      undefined,
      undefined,
    ],
  ])('%s', (text, registry, repository, tag, digest) => {
    expect(parseReference(text)).toEqual({ registry, repository, tag, digest });
  });

  it.each([
    '',
    ':',
    '@',
    'r.example/',
    'r.example/A',
    'r.example/a..b',
    'r.example/a/../b',
    'r.example/-a',
    'r.example/a-',
    'r.example/a___b',
    'r.example/a:',
    'r.example/a:.x',
    'r.example/a@sha256:abc',
    `r.example/a@sha512:${hex}${hex}`,
    `r.example/a@sha256:${hex.toUpperCase()}`,
    'r.example:99999/a',
    'r.example:0/a',
    'r_x.example/a',
    'https://r.example/a',
    'r.example/a?b',
    'r.example/a b',
    'r.example/a\n',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'LF-OCI-001' }));
  });

  it.each([256, 2000])('with a name of %i characters is refused', (length) => {
    expect(() => parseReference(`r.example/${'a'.repeat(length)}`)).toThrow(
      expect.objectContaining({ code: 'LF-OCI-001' }),
    );
  });

  const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
  const written = fc
    .record({
      host: fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,5}(:[1-9][0-9]{0,3})?$/),
      path: fc.array(part, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
      digest: fc.boolean(),
    })
    .map(
      ({ host, path, tag, digest }) =>
        `${host}/${path.join('/')}${tag === null ? '' : `:${tag}`}${digest ? `@sha256:${hex}` : ''}`,
    );

  it('is what it was after parsing and formatting', () => {
    fc.assert(
      fc.property(written, (text) => {
        expect(formatReference(parseReference(text))).toBe(text);
      }),
    );
  });

  it('is parsed or refused, nothing else, and then stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9.:@/_-]{0,60}$/)), (text) => {
        const parsed = parsedOrRefused(text);
        fc.pre(parsed !== undefined);
        expect(parseReference(formatReference(parsed))).toEqual(parsed);
        expect(isRepository(parsed.repository)).toBe(true);
      }),
    );
  });

  // Whoever went back over it for each of its characters would take longer than a test may.
  it('takes time in proportion to its length, whatever is in it', () => {
    for (const evil of ['a-', 'a_', 'a.', '-', '__', 'a/', ':', '@', 'a'.repeat(3)]) {
      const text = `r.example/${evil.repeat(200_000)}!`;
      expect(isRepository(text)).toBe(false);
      expect(() => parseReference(text)).toThrow(/longer than/);
    }
  });
});
