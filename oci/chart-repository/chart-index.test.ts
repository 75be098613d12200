import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { chartVersions } from './chart-index.ts';

const hex = 'a'.repeat(64);
const index = (entries: object): string => stringify({ apiVersion: 'v1', entries, generated: '2026-01-01T00:00:00Z' });

describe('an index of charts', () => {
  it('is read as Helm writes it: lists at the column of their key, keys in order', () => {
    const text = [
      'apiVersion: v1',
      'entries:',
      '  nginx:',
      '  - apiVersion: v2',
      '    description: |-',
      '      redis:',
      '      - not an entry',
      '    digest: ' + hex,
      '    urls:',
      '    - https://charts.example.com/nginx-1.0.0.tgz',
      '    version: 1.0.0',
      '  redis:',
      '  - digest: ' + 'b'.repeat(64),
      '    urls: [redis-2.0.tgz]',
      '    version: 2.0',
      '  - version: 1.9.0',
      '    urls: []',
      'generated: "2026-01-01T00:00:00Z"',
      '',
    ].join('\n');
    expect(chartVersions(text, 'redis', 'the index')).toEqual([
      { version: '2.0', digest: `sha256:${'b'.repeat(64)}`, urls: ['redis-2.0.tgz'] },
      { version: '1.9.0', digest: undefined, urls: [] },
    ]);
    expect(chartVersions(text, 'nginx', 'the index')).toHaveLength(1);
    expect(chartVersions(text, 'apache', 'the index')).toEqual([]);
    expect(chartVersions(text, 'version', 'the index')).toEqual([]);
  });

  it('is read as JSON, too', () => {
    const text = JSON.stringify({
      entries: { redis: [{ version: '1.0.0', digest: `sha256:${hex}`, urls: ['r.tgz'] }] },
    });
    expect(chartVersions(text, 'redis', 'the index')).toEqual([
      { version: '1.0.0', digest: `sha256:${hex}`, urls: ['r.tgz'] },
    ]);
    expect(chartVersions(text, 'constructor', 'the index')).toEqual([]);
  });

  // With each key compared with all before it, this takes minutes.
  it('of 100,000 keys is read, and of a key that stands twice the last one counts', { timeout: 60_000 }, () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: x`).join(',');
    const text = `entries:\n  redis:\n  - { version: 1.0.0, urls: [a.tgz], annotations: { ${keys} }, version: 2.0.0 }\n`;
    expect(chartVersions(text, 'redis', 'the index')).toEqual([
      { version: '2.0.0', digest: undefined, urls: ['a.tgz'] },
    ]);
  });

  it('gives of any index what a whole parse of it gives', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
    const words = fc.oneof(
      fc.string(),
      fc.constantFrom('a\nentries:\n  redis:\n  - version: 9', '# no\n- x: y', '  redis:\n', 'x: |\n y'),
    );
    const version = fc.record({
      version: fc.stringMatching(/^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$/),
      description: words,
      annotations: fc.dictionary(name, words, { maxKeys: 3 }),
      urls: fc.array(fc.webUrl(), { maxLength: 3 }),
    });
    const charts = fc.dictionary(name, fc.array(version, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(charts, fc.constantFrom(2, 4), fc.boolean(), (entries, indent, indentSeq) => {
        const text = stringify(
          { apiVersion: 'v1', entries, generated: 'x' },
          { indent, indentSeq, aliasDuplicateObjects: false },
        );
        for (const [chart, versions] of Object.entries(entries)) {
          expect(chartVersions(text, chart, 'the index')).toEqual(
            versions.map((each) => ({ version: each.version, digest: undefined, urls: each.urls })),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('answers anything at all with versions or a code, and soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        try {
          expect(Array.isArray(chartVersions(`entries:\n  redis:\n${text}`, 'redis', 'the index'))).toBe(true);
        } catch (error) {
          expect(String(error)).toMatch(/LandfallError/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['no entries', 'apiVersion: v1\n', 'LF-OCI-030'],
    ['a page of HTML', '<html><body>Not found</body></html>', 'LF-OCI-030'],
    ['JSON that ends early', '{"entries": {', 'LF-OCI-030'],
    ['aliases', 'entries:\n  redis: &a\n  - version: 1\n    urls: [x]\n    other: *a\n', 'LF-OCI-030'],
    ['a digest that is none', index({ redis: [{ version: '1.0.0', digest: 'md5:1' }] }), 'LF-OCI-030'],
    ['no list of versions', index({ redis: { version: '1.0.0' } }), 'LF-CONTRACT-004'],
  ])('is refused with %s', (_, text, code) => {
    expect(() => chartVersions(text, 'redis', 'the index')).toThrow(expect.objectContaining({ code }));
  });

  it('of 50 MB is no burden: only the lines of one chart are parsed', () => {
    const filler = 'x'.repeat(1000);
    const lines = Array.from(
      { length: 48_000 },
      (_, i) => `  chart-${i}:\n  - version: 1.0.0\n    description: ${filler}\n`,
    );
    const text = `apiVersion: v1\nentries:\n${lines.join('')}generated: x\n`;
    expect(text.length).toBeGreaterThan(50_000_000);
    expect(chartVersions(text, 'chart-47999', 'the index')).toEqual([
      { version: '1.0.0', digest: undefined, urls: [] },
    ]);
  });
});
