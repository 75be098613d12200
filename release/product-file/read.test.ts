import { describe, expect, it } from 'vitest';
import { parseProductFile } from './read.ts';

const good = `apiVersion: landfall.dev/v1
kind: Product
metadata:
  name: shop
  title: Shop
components:
  - name: web
    kind: helm
    chart: ./web
    namespace: shop
    releaseName: web
`;

const refusal = (text: string): unknown => {
  try {
    parseProductFile(text, 'landfall.yaml');
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('parseProductFile', () => {
  it('reads a product and fills in what is left out', () => {
    const [web] = parseProductFile(good, 'landfall.yaml').components;
    expect(web).toMatchObject({
      name: 'web',
      kind: 'helm',
      dependsOn: [],
      values: {},
      health: { timeoutSeconds: 300 },
    });
  });

  it.each([
    [
      'a field that is like no other',
      good.replace('title:', 'colour: red\n  title:'),
      'line 5, column 3: metadata.colour: there is no such field here; expected one of name, title, description',
    ],
    [
      'an unknown field',
      good.replace('chart:', 'chrat:'),
      'line 9, column 5: components[0].chrat: there is no such field here; did you mean chart?',
    ],
    [
      'a missing field, at what lacks it',
      good.replace('    chart: ./web\n', ''),
      'line 7, column 5: components[0].chart',
    ],
    [
      'a wrong type',
      good.replace('title: Shop', 'title: 7'),
      'line 5, column 3: metadata.title: Invalid input: expected string',
    ],
    ['an unknown kind', good.replace('kind: helm', 'kind: hlem'), 'line 8, column 5: components[0].kind'],
    [
      'a bad name',
      good.replace('name: web', 'name: Web_1'),
      'line 7, column 5: components[0].name: expected lower-case',
    ],
    [
      'another API version',
      good.replace('dev/v1', 'dev/v9'),
      'line 1, column 1: apiVersion: Invalid input: expected "landfall.dev/v1"',
    ],
    ['broken YAML', `${good}oops: [1\n`, 'line 13, column 1'],
    ['a key given twice', `${good}kind: Product\n`, 'line 12, column 1'],
    ['nothing at all', '', 'line 1, column 1'],
  ])('refuses %s and says where and what was expected', (_name, text, place) => {
    expect(refusal(text)).toMatchObject({ code: 'LF-RELEASE-001', message: expect.stringContaining(place) });
  });

  it('refuses aliases before they unfold', () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n${good}`;
    expect(refusal(bomb)).toMatchObject({ code: 'LF-RELEASE-001', message: expect.stringContaining('aliases') });
  });
});
