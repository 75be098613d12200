import { describe, expect, it } from 'vitest';
import type { ProductFile } from '../../contract/index.ts';
import { inDependencyOrder } from './order.ts';
import { parseProductFile } from './read.ts';

const product = (...components: [string, string[]][]): ProductFile =>
  parseProductFile(
    JSON.stringify({
      apiVersion: 'landfall.dev/v1',
      kind: 'Product',
      metadata: { name: 'p', title: 'P' },
      components: components.map(([name, dependsOn]) => ({ kind: 'terraform', name, dependsOn, module: './m' })),
    }),
    'landfall.yaml',
  );

describe('inDependencyOrder', () => {
  it('puts what is depended on first and keeps the order of the file otherwise', () => {
    const ordered = inDependencyOrder(product(['c', ['a', 'b']], ['b', ['a']], ['a', []], ['d', []]).components);
    expect(ordered.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each<[string, ProductFile, string]>([
    ['a name given twice', product(['a', []], ['a', []]), 'two components are named a'],
    ['an unknown name', product(['a', ['b']]), 'a depends on b'],
    ['a circle', product(['a', ['b']], ['b', ['c']], ['c', ['b']]), 'b -> c -> b'],
    ['itself', product(['a', ['a']]), 'a -> a'],
  ])('refuses %s', (_name, file, message) => {
    expect(() => inDependencyOrder(file.components)).toThrow(
      expect.objectContaining({ code: 'LF-RELEASE-002', message: expect.stringContaining(message) }),
    );
  });
});
