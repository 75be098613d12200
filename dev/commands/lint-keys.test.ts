import { describe, expect, it } from 'vitest';
import { lintKeys } from './lint-keys.ts';

const tree = {
  'a/door.ts': `export { b } from './inner/b.ts';`,
  'a/inner/b.ts': `import type { C } from '../../c.ts';\nexport const b: C = 1;`,
  'c.ts': 'export type C = number;',
  'main.ts': `const { b } = await import('./a/door.ts');`,
  'alone.ts': 'export const alone = true;',
};
const keysOf = (changes: Record<string, string> = {}, base = 'rules') =>
  lintKeys(new Map(Object.entries({ ...tree, ...changes })), base);
const changedBy = (changes: Record<string, string>, base?: string): string[] => {
  const [before, after] = [keysOf(), keysOf(changes, base)];
  return [...after.keys()].filter((file) => after.get(file) === undefined || before.get(file) !== after.get(file));
};

describe('the keys of linted files', () => {
  it('stay when nothing changes', () => {
    expect(changedBy({})).toEqual([]);
  });

  it('change for a file and for all that import it, by whatever way and over others', () => {
    expect(changedBy({ 'c.ts': 'export type C = Promise<number>;' }).sort()).toEqual(
      ['a/door.ts', 'a/inner/b.ts', 'c.ts', 'main.ts'].sort(),
    );
    expect(changedBy({ 'main.ts': 'export {};' })).toEqual(['main.ts']);
  });

  it('change for all when the rules change, or a declaration that all see', () => {
    expect(changedBy({}, 'other rules')).toHaveLength(5);
    expect(changedBy({ 'alone.ts': 'declare global { var seen: string }\nexport {};' })).toHaveLength(5);
  });

  it('change with a file that is imported and was not there', () => {
    const loose = { 'main.ts': `import prices from './prices.json';` };
    const [without, withIt] = [keysOf(loose), keysOf({ ...loose, 'prices.json': '{}' })];
    expect(without.get('main.ts')).not.toBe(withIt.get('main.ts'));
  });

  it('are none in an import cycle and for what imports one, so that it is linted every time', () => {
    const keys = keysOf({ 'c.ts': `import { b } from './a/inner/b.ts';` });
    expect([...keys].filter(([, key]) => key === undefined).map(([file]) => file)).toEqual([
      'a/door.ts',
      'a/inner/b.ts',
      'c.ts',
      'main.ts',
    ]);
  });
});
