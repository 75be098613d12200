import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readManifests } from './read-manifests.ts';
import { clearManifests, unclearManifests } from './testing/manifests.ts';

const objectsIn = (text: string): unknown => {
  const read = readManifests(text);
  return 'unclear' in read ? read : read.objects;
};
const withoutGuard = (text: string): unknown =>
  parseAllDocuments(text, { version: '1.1', merge: true, uniqueKeys: false }).map((each): unknown => each.toJS());

describe('manifests that Go could read otherwise', () => {
  it.each(unclearManifests)('with $what are unclear', ({ text }) => {
    expect(readManifests(text)).toEqual({ unclear: expect.any(String) });
  });

  it.each(['a namespace in base64', 'a merge key below what it brings along', 'two merge keys with the same'])(
    'with %s would be read otherwise, were they not refused',
    (name) => {
      const found = unclearManifests.find(({ what }) => what === name);
      expect(found?.asGo).toMatchObject({ metadata: { namespace: 'kube-system' } });
      expect(withoutGuard(found?.text ?? '')).not.toMatchObject([{ metadata: { namespace: 'kube-system' } }]);
    },
  );

  it('with what no reader takes, or a tag by another name, are unclear', () => {
    expect(readManifests('a: *x\n')).toEqual({ unclear: expect.stringContaining('alias') });
    expect(readManifests('a: &a { <<: *a }\n')).toEqual({ unclear: expect.any(String) });
    expect(readManifests('%TAG ! tag:yaml.org,2002:\n---\na: !binary eA==\n')).toEqual({
      unclear: 'it has the tag tag:yaml.org,2002:binary',
    });
  });
});

it('of many aliases are unclear before all of them are looked for', { timeout: 60_000 }, () => {
  const aliases = (count: number): string =>
    `[${Array.from({ length: count }, (_, i) => `&a${i} x, *a${i} `).join(',')}]`;
  expect(readManifests(aliases(1000))).toMatchObject({ objects: [{}] });
  expect(readManifests(aliases(60_000))).toEqual({ unclear: 'it has more than 1000 aliases' });
});

describe('manifests as Kubernetes reads them', () => {
  it.each(clearManifests)('$what', ({ text, asGo }) => {
    expect(objectsIn(text)).toEqual([asGo]);
  });

  it('break a line where Go does', () => {
    // As Helm writes a literal that begins with a line separator.
    const text = 'spec:\n  a: |2\n\u2028    x: |\n  containers: []\n# c\u2028kind: Pod\n';
    expect(objectsIn(text)).toEqual([{ spec: { a: '\nx: |\n', containers: [] }, kind: 'Pod' }]);
    expect(withoutGuard(text)).not.toMatchObject([{ spec: { containers: [] } }]);
  });

  it('of 100,000 keys are read in time that grows with them', { timeout: 60_000 }, () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `  k${i}: v\n`).join('');
    expect(readManifests(`data:\n${keys}  k7: w\n`)).toEqual({ unclear: 'the key k7 is there twice' });
  });

  it('may be none', () => {
    expect(objectsIn('')).toEqual([]);
    expect(objectsIn('# a comment\n---\n# another\n---\nkind: A\n')).toEqual([null, { kind: 'A' }]);
  });
});
