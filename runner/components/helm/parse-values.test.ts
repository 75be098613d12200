import { describe, expect, it } from 'vitest';
import { parseValues } from './parse-values.ts';

const parsed = (text: string): unknown => parseValues('web', 'the key values of ConfigMap shop/x', text);
const refused = (why: string): unknown =>
  expect.objectContaining({
    code: 'LF-RUNNER-140',
    message: expect.stringContaining(`web: the key values of ConfigMap shop/x ${why}`),
  });

describe('values out of a text', () => {
  it('are read as Helm reads them', () => {
    expect(parsed('')).toEqual({});
    expect(parsed('x: &x { a: 1 }\nz: { <<: *x, b: on }\n')).toEqual({ x: { a: 1 }, z: { a: 1, b: true } });
  });

  it.each([
    ['a: 1\nb: { c: 2,\n  c: 3 }\n', 'is not valid YAML (line 3)'],
    ['a: 1\nb: [\n', 'is not valid YAML (line'],
    ['[1]', 'is not a map of values'],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 'is not a map of values'],
    ['a: &a { <<: *a }\n', 'is not valid YAML: an alias in it does not end'],
    ['x'.repeat(1024 * 1024 + 1), 'has more than 1048576 bytes'],
  ])('are refused with nothing of it in the words: %.40s', (text, why) => {
    expect(() => parsed(text)).toThrow(refused(why));
  });

  // With each key compared with all before it, and each alias looked for among all anchors, these take minutes.
  it('of as many keys and aliases as a ConfigMap holds do not hold the runner up', { timeout: 60_000 }, () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`);
    expect(Object.keys(Object(parsed(`{ ${keys.join(',')} }`)))).toHaveLength(60_000);
    const aliases = Array.from({ length: 60_000 }, (_, i) => `&${i} x,*${i} `);
    expect(() => parsed(`a: [${aliases.join(',')}]`)).toThrow(refused('has more than 1000 aliases'));
  });
});
