import { describe, expect, it } from 'vitest';
import { generateKeyPair, localSigner, type Release } from '../contract/index.ts';
import { openLayout, parseManifest } from '../oci/index.ts';
import { buildRelease } from './build.ts';
import { productYaml, smallProduct } from './testing/small-product.ts';

const signer = localSigner(generateKeyPair().privateKeyPem);
const rules = `${productYaml}  - name: rules
    kind: manifests
    dependsOn: [store]
    manifests: ./manifests
    namespace: shop
  - name: migrate
    kind: job
    namespace: shop
    template: {spec: {containers: [{name: m, image: 'shop.example/init:1', args: ['\${inputs.replicas}']}]}}
`;
const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {store: '\${components.store.outputs.name}', on: on, at: 12:30, day: 2026-01-31}
`;
const pod = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: app, image: 'shop.example/app:1'}]}
`;

async function build(files: Record<string, string>, file = rules) {
  const { tools, file: productFile, outDir } = await smallProduct({ 'landfall.yaml': file, ...files });
  return buildRelease({ ...tools, productFile, version: '1.0.0', outDir, signer });
}
const componentOf = (release: Release, name: string) => release.components.find((each) => each.name === name);

describe('manifests and jobs in a release', () => {
  it('are packed as one JSON list, with their expressions, and every image pinned', async () => {
    const { release, layoutDir, digest } = await build({
      'manifests/b.yaml': `# nothing\n---\n${configMap}`,
      'manifests/below/a.yml': pod,
      'manifests/README.md': 'not packed',
    });
    expect(release.critical).toEqual(['component-manifests', 'component-job']);
    const component = componentOf(release, 'rules');
    if (component?.kind !== 'manifests') throw new Error('no manifests');
    expect(component.images.map(({ reference }) => reference)).toEqual(['shop.example/app:1']);
    expect(component).toMatchObject({ conflicts: 'overwrite', drift: 'correct', takeOver: false });
    const layout = await openLayout(layoutDir);
    const parsed = parseManifest(await layout.getManifest(component.manifests.digest));
    const [layer] = parsed.kind === 'manifest' ? parsed.manifest.layers : [];
    if (layer === undefined) throw new Error('no layer');
    const chunks: Uint8Array[] = [];
    for await (const chunk of await layout.openBlob(layer)) chunks.push(chunk);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        // As Kubernetes reads it: `on` is true, and neither a clock time nor a date is anything but a string.
        data: { store: '${components.store.outputs.name}', true: true, at: '12:30', day: '2026-01-31' },
      },
      expect.objectContaining({ kind: 'Pod' }),
    ]);
    const job = componentOf(release, 'migrate');
    expect(job).toMatchObject({ runOn: 'inputs', timeoutSeconds: 600, retries: 0, keepSeconds: 86_400 });
    expect(job?.kind === 'job' && job.images.map(({ reference }) => reference)).toEqual(['shop.example/init:1']);
    const again = await build({ 'manifests/one.yaml': `${pod}---\n${configMap}` });
    expect(again.digest).toBe(digest);
  });

  it.each([
    ['an object twice', { 'manifests/a.yaml': pod, 'manifests/b.yaml': pod }, 'LF-RELEASE-004'],
    ['no object', { 'manifests/a.txt': pod }, 'LF-RELEASE-004'],
    ['something that is no object', { 'manifests/a.yaml': 'kind: Pod\n' }, 'LF-RELEASE-004'],
    ['a List', { 'manifests/a.yaml': pod.replace('kind: Pod', 'kind: List') }, 'LF-RELEASE-004'],
    ['broken YAML', { 'manifests/a.yaml': 'a: [' }, 'LF-RELEASE-004'],
    ['an image that is nowhere', { 'manifests/a.yaml': pod.replace('app:1', 'nope:1') }, 'LF-RELEASE-005'],
    [
      'an expression of nothing',
      { 'manifests/a.yaml': pod.replace('name: app}', "name: '${inputs.nope}'}") },
      'LF-RELEASE-003',
    ],
    [
      'what is no expression',
      { 'manifests/a.yaml': configMap.replace('at: 12:30', "at: '${HOME}'") },
      'LF-CONTRACT-011',
    ],
  ])('with %s are refused', async (_, files, code) => {
    await expect(build(files)).rejects.toMatchObject({ code });
  });

  it('may use outputs only of what they depend on', async () => {
    const without = rules.replace('    dependsOn: [store]\n    manifests', '    manifests');
    await expect(build({ 'manifests/a.yaml': configMap }, without)).rejects.toMatchObject({ code: 'LF-RELEASE-003' });
  });
});
