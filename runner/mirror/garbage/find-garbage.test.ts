import { describe, expect, it } from 'vitest';
import { type Digest, digestSchema } from '../../../contract/index.ts';
import { type Links, findGarbage } from './find-garbage.ts';

const digestOf = (name: string): Digest =>
  digestSchema.parse(`sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`);
const nameOf = (digest: Digest): string =>
  Buffer.from(digest.slice('sha256:'.length).replace(/0+$/, ''), 'hex').toString();

type Manifest = { children?: string[]; about?: string; tags?: string[]; unlisted?: true; unknown?: true };

async function garbageOf(repository: Record<string, Manifest>, roots: string[]): Promise<string[][]> {
  const manifests = new Map(Object.entries(repository).map(([name, manifest]) => [digestOf(name), manifest]));
  const waves = await findGarbage({
    images: [...manifests].flatMap(([digest, { tags = [], unlisted }]) => (unlisted ? [] : [{ digest, tags }])),
    roots: new Set(roots.map(digestOf)),
    read: async (digest): Promise<Links | 'unknown' | null> => {
      const manifest = manifests.get(digest);
      if (manifest === undefined) return null;
      if (manifest.unknown) return 'unknown';
      const { children = [], about } = manifest;
      return { children: children.map(digestOf), subject: about === undefined ? null : digestOf(about) };
    },
  });
  return waves.map((wave) => wave.map(nameOf).sort());
}

const cosign = (name: string): string => `${digestOf(name).replace(':', '-')}.sig`;

describe('garbage in a repository of the mirror', () => {
  it.each<[string, Record<string, Manifest>, string[], string[][]]>([
    ['is what no root is', { a: {}, b: {} }, ['a'], [['b']]],
    ['is nothing where all are roots', { a: {}, b: {} }, ['a', 'b'], []],
    ['is everything where there is no root', { a: {}, b: {} }, [], [['a', 'b']]],
    ['is not the child of a root', { a: { children: ['x', 'y'] }, x: {}, y: {}, z: {} }, ['a'], [['z']]],
    [
      'goes with its children, an index before them',
      { a: {}, b: { children: ['x'] }, x: { children: ['y'] }, y: {} },
      ['a'],
      [['b'], ['x'], ['y']],
    ],
    [
      'leaves the children that a root has too',
      { a: { children: ['x'] }, b: { children: ['x', 'y'] }, x: {}, y: {} },
      ['a'],
      [['b'], ['y']],
    ],
    [
      'is not what refers to a root or to its child',
      { a: { children: ['x'] }, x: {}, s: { about: 'a' }, t: { about: 's' }, u: { about: 'x' } },
      ['a'],
      [],
    ],
    ['is what refers to garbage', { a: {}, b: {}, s: { about: 'b' } }, ['a'], [['b', 's']]],
    [
      'is not a signature under cosign’s tag, nor the index of the tag schema with what it names',
      {
        a: {},
        s: { tags: [cosign('a')] },
        r: { tags: [cosign('a').slice(0, -4)], children: ['q'] },
        q: {},
        o: { tags: [cosign('b')] },
      },
      ['a'],
      [['o']],
    ],
    [
      'is found below an index where only tags are listed',
      { b: { children: ['x'] }, x: { unlisted: true } },
      [],
      [['b'], ['x']],
    ],
    ['is not what nobody understands', { a: {}, w: { unknown: true } }, ['a'], []],
    ['is found although a root has gone', { b: {} }, ['a'], [['b']]],
  ])('%s', async (_, repository, roots, garbage) => {
    expect(await garbageOf(repository, roots)).toEqual(garbage);
  });

  it('is not known at all when one manifest cannot be read', async () => {
    const reading = findGarbage({
      images: [{ digest: digestOf('a'), tags: [] }],
      roots: new Set(),
      read: () => Promise.reject(new Error('the registry is away')),
    });
    await expect(reading).rejects.toThrow('away');
  });
});
