import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { parseProductFile } from './read.ts';

const fileWith = (lines: readonly string[]): string =>
  [
    'apiVersion: landfall.dev/v1',
    'kind: Product',
    'metadata: {name: shop, title: Shop}',
    'components:',
    '  - name: cache',
    '    kind: helm',
    '    namespace: shop',
    '    releaseName: cache',
    ...lines,
    '',
  ].join('\n');

function refusal(lines: readonly string[]): string {
  try {
    parseProductFile(fileWith(lines), 'landfall.yaml');
  } catch (error) {
    if (error instanceof LandfallError && error.code === 'LF-RELEASE-001') return error.message;
    throw error;
  }
  return 'it was accepted';
}

describe('the chart of a component', () => {
  it('may be one of a chart repository', () => {
    const chart = '{repository: https://charts.example.com/stable, name: redis, version: 1.2.3}';
    const { components } = parseProductFile(fileWith([`    chart: ${chart}`]), 'landfall.yaml');
    expect(components[0]).toMatchObject({
      chart: { repository: 'https://charts.example.com/stable', name: 'redis', version: '1.2.3' },
    });
  });

  it.each([
    [
      'a field that does not exist',
      '{repository: "https://c.example", name: redis, versoin: 1.2.3}',
      /versoin: .*did you mean version\?/,
    ],
    ['no version', '{repository: "https://c.example", name: redis}', /chart\.version/],
    ['a range', '{repository: "https://c.example", name: redis, version: "^1"}', /one exact version/],
    ['a login in the address', '{repository: "https://u:p@c.example", name: redis, version: 1.2.3}', /without a login/],
    [
      'a digest that is none',
      '{repository: "https://c.example", name: redis, version: 1.2.3, digest: abc}',
      /64 lower-case/,
    ],
    ['a number', '7', /components\[0\]\.chart/],
  ])('is refused with %s, at its line', (_, chart, message) => {
    const told = refusal([`    chart: ${chart}`]);
    expect(told).toMatch(message);
    expect(told).toContain('line 9');
  });
});

describe('the platforms of a product', () => {
  it('are written as images write them', () => {
    const text = fileWith(['    chart: ./c']).replace(
      'components:',
      'platforms: [linux/amd64, linux/arm64]\ncomponents:',
    );
    expect(parseProductFile(text, 'landfall.yaml').platforms).toEqual(['linux/amd64', 'linux/arm64']);
    const wrong = text.replace('linux/arm64', 'linux_arm64');
    expect(() => parseProductFile(wrong, 'landfall.yaml')).toThrow(/os\/architecture/);
  });
});
