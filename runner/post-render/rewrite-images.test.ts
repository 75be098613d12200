import { describe, expect, it } from 'vitest';
import { applyEdits, readRendered } from './edit-yaml.ts';
import { rewriteImages } from './rewrite-images.ts';

const rewritten = (text: string, images: Record<string, string>): string =>
  applyEdits(text, rewriteImages(readRendered(text), images));

const images = {
  'docker.test/web:1': 'mirror.test/lf/web@sha256:aa',
  'docker.test/tool:2': 'mirror.test/lf/tool@sha256:bb',
};
const pod = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n${spec}\n`;

describe('the images of rendered manifests', () => {
  const found: [string, string][] = [
    ['in containers', pod('  containers:\n    - name: a\n      image: docker.test/web:1')],
    [
      'in init and ephemeral containers',
      pod('  initContainers: [{ image: docker.test/web:1 }]\n  ephemeralContainers: [{ image: docker.test/tool:2 }]'),
    ],
    [
      'in the template of a workload',
      'kind: Deployment\nspec:\n  template:\n    spec:\n      containers: [{ image: "docker.test/web:1" }]\n',
    ],
    [
      'in a CronJob',
      'kind: CronJob\nspec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: docker.test/web:1 }] } } } } }\n',
    ],
    [
      'in a List',
      'kind: List\nitems:\n  - kind: Pod\n    spec:\n      containers:\n        - image: docker.test/web:1\n',
    ],
    [
      'in kinds nobody knows',
      'kind: Stream\nspec:\n  workers:\n    containers:\n      - { image: docker.test/web:1 }\n',
    ],
    ['behind an alias', 'x: &i docker.test/web:1\nkind: Pod\nspec:\n  containers:\n    - image: *i\n'],
    ['behind an aliased list', 'x: &c [{ image: docker.test/web:1 }]\nkind: Pod\nspec:\n  containers: *c\n'],
    [
      'behind a merge key',
      'x: &b { image: docker.test/web:1 }\nkind: Pod\nspec:\n  containers:\n    - <<: *b\n      name: a\n',
    ],
    ['mounted as a volume', pod('  volumes:\n    - { name: v, image: { reference: docker.test/web:1 } }')],
    ['as block text', pod('  containers:\n    - image: >-\n        docker.test/web:1\n      name: a')],
  ];
  it.each(found)('are rewritten %s', (_, text) => {
    const out = rewritten(text, images);
    expect(out).toContain('"mirror.test/lf/web@sha256:aa"');
    // What an anchor defined is not used any more, but stays where it stood.
    expect(out.replace(/^x: &.*$/m, '')).not.toContain('docker.test/');
  });

  it('are rewritten in every document; all other bytes stay as they are', () => {
    const text =
      '# a comment\nkind: ConfigMap\ndata: { on: "off", mode: 0644, time: 12:30, big: 1e3, image: docker.test/web:1 }\n---\nkind: Pod\nspec:\n  containers:\n    - image: docker.test/web:1   # here\n---\n# empty\n---\nkind: Pod\nspec: { containers: [{ image: docker.test/tool:2 }] }\n';
    expect(rewritten(text, images)).toBe(
      text
        .replace('- image: docker.test/web:1', '- image: "mirror.test/lf/web@sha256:aa"')
        .replace('[{ image: docker.test/tool:2 }]', '[{ image: "mirror.test/lf/tool@sha256:bb" }]'),
    );
  });

  it('that are in the mirror by digest already stay', () => {
    const once = rewritten(pod('  containers: [{ image: docker.test/web:1 }]'), images);
    expect(rewritten(once, images)).toBe(once);
  });

  it('that the release does not pin are refused; with them pinned the same manifest passes', () => {
    const text = pod('  containers: [{ image: docker.test/web:1 }, { image: evil.test/miner:latest }]');
    expect(() => rewritten(text, images)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-006' }));
    expect(rewritten(text, { ...images, 'evil.test/miner:latest': 'mirror.test/lf/miner@sha256:cc' })).toContain(
      'miner@sha256:cc',
    );
  });

  it('named like something every object has are refused as well', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const text = pod(`  containers: [{ image: ${name} }]`);
      expect(() => rewritten(text, images)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-006' }));
    }
  });

  it.each([
    ['that are no text', pod('  containers: [{ image: 7 }]')],
    ['in a manifest that is not YAML', 'kind: Pod\nspec: { containers: [\n'],
    ['that are empty', pod('  containers: [{ image: "" }]')],
  ])('%s are refused', (_, text) => {
    expect(() => rewritten(text, images)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-007' }));
  });
});
