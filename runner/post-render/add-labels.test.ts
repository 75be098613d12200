import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addLabels } from './add-labels.ts';

const labels = { team: 'shop', 'example.com/tier': 'front' };
const parsed = (text: string): Record<string, unknown>[] =>
  parseAllDocuments(text, { version: '1.1', merge: true }).map((document) => Object(document.toJS()));

describe('labels on every object', () => {
  it.each([
    ['a block', 'kind: A\nmetadata:\n  name: a\nspec: { on: off }\n', labels],
    ['one line', 'kind: A\nmetadata: { name: a }\n', labels],
    ['JSON', '{"kind":"A","metadata":{"name":"a"}}', labels],
    ['labels as a block', 'kind: A\nmetadata:\n  name: a\n  labels:\n    app: web\n', { app: 'web', ...labels }],
    ['labels on one line', 'kind: A\nmetadata:\n  labels: { app: web }\n  name: a\n', { app: 'web', ...labels }],
    [
      'labels that hold one of them',
      'kind: A\nmetadata:\n  labels:\n    team: old\n    app: web\n',
      { app: 'web', ...labels },
    ],
    ['empty labels', 'kind: A\nmetadata:\n  labels: {}\n  name: a\n', labels],
    ['labels without a value', 'kind: A\nmetadata:\n  labels:\n  name: a\n', labels],
    [
      'labels by an alias, whose own place stays',
      'x: &l { app: web }\nkind: A\nmetadata:\n  labels: *l\n  name: a\nspec: { selector: *l }\n',
      { app: 'web', ...labels },
    ],
  ])('%s', (_, text, expected) => {
    const [object] = parsed(addLabels(text, labels));
    expect(Object(object?.['metadata']).labels).toEqual(expected);
    // And nothing else has changed.
    const strip = (all: unknown): string => JSON.stringify(all, (key, each) => (key === 'labels' ? undefined : each));
    expect(strip(parsed(addLabels(text, labels)))).toBe(strip(parsed(text)));
    expect(addLabels(addLabels(text, labels), labels)).toBe(addLabels(text, labels));
  });

  it('are on each of several documents and on each item of a list, and not on pods in templates', () => {
    const text =
      'kind: List\nitems:\n  - kind: A\n    metadata: { name: a }\n---\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    metadata:\n      labels: { app: d }\n';
    const [list, deployment] = parsed(addLabels(text, labels));
    expect(list).toMatchObject({ items: [{ metadata: { labels } }] });
    expect(deployment).toMatchObject({
      metadata: { labels },
      spec: { template: { metadata: { labels: { app: 'd' } } } },
    });
  });

  it('leave every byte as it is when there are none', () => {
    const text = 'kind: A\nmetadata: {name: a}\ndata: {mode: 0644, on: off}\n';
    expect(addLabels(text, {})).toBe(text);
    expect(addLabels(text, labels)).toContain('data: {mode: 0644, on: off}\n');
  });
});
