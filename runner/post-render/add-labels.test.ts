import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addLabels } from './add-labels.ts';
import { applyEdits, readRendered } from './edit-yaml.ts';

const labelled = (text: string, labels: Record<string, string>): string =>
  applyEdits(text, addLabels(readRendered(text), labels));

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
    const [object] = parsed(labelled(text, labels));
    expect(Object(object?.['metadata']).labels).toEqual(expected);
    // And nothing else has changed.
    const strip = (all: unknown): string => JSON.stringify(all, (key, each) => (key === 'labels' ? undefined : each));
    expect(strip(parsed(labelled(text, labels)))).toBe(strip(parsed(text)));
    expect(labelled(labelled(text, labels), labels)).toBe(labelled(text, labels));
  });

  it('are on each of several documents and on each item of a list, and not on pods in templates', () => {
    const text =
      'kind: List\nitems:\n  - kind: A\n    metadata: { name: a }\n---\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    metadata:\n      labels: { app: d }\n';
    const [list, deployment] = parsed(labelled(text, labels));
    expect(list).toMatchObject({ items: [{ metadata: { labels } }] });
    expect(deployment).toMatchObject({
      metadata: { labels },
      spec: { template: { metadata: { labels: { app: 'd' } } } },
    });
  });

  it('leave every byte as it is when there are none', () => {
    const text = 'kind: A\nmetadata: {name: a}\ndata: {mode: 0644, on: off}\n';
    expect(labelled(text, {})).toBe(text);
    expect(labelled(text, labels)).toContain('data: {mode: 0644, on: off}\n');
  });
});
