import { describe, expect, it } from 'vitest';
import { artifactsOf, generateKeyPair, localSigner, releaseSchema } from '../contract/index.ts';
import { buildRelease } from './build.ts';
import { productYaml, smallProduct } from './testing/small-product.ts';

const signer = localSigner(generateKeyPair().privateKeyPem);
const types = `entityTypes:
  - name: streams
    dependsOn: [dataConnectors]
    schema: {type: object, additionalProperties: false, required: [topic], properties: {topic: {type: string}, image: {type: string, default: 'shop.example/app:1'}}}
    example: {topic: orders}
    components:
      - {name: app, kind: manifests, dependsOn: [topic], namespace: shop, manifests: ./stream}
      - name: topic
        kind: job
        namespace: shop
        template: {spec: {containers: [{name: t, image: 'shop.example/init:1', args: ['\${entity.spec.topic}', '\${inputs.replicas}']}]}}
        undo: {template: {spec: {containers: [{name: t, image: 'shop.example/test:1', args: ['\${entity.spec.topic}']}]}}}
    cleanup:
      namespace: shop
      template: {spec: {containers: [{name: t, image: 'shop.example/hook:1', args: ['\${entity.name}']}]}}
  - name: dataConnectors
    schema: {type: object}
    example: {secret: {namespace: shop, name: x}}
    components:
      - {name: secret, kind: secret, namespace: shop, secretName: 'connector-\${entity.name}', from: {namespace: '\${entity.spec.secret.namespace}', name: '\${entity.spec.secret.name}'}}
`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: 'stream-\${entity.name}'}
spec: {template: {spec: {containers: [{name: app, image: '\${entity.spec.image}'}]}}}
`;

async function build(file: string, product = productYaml) {
  const changes = { 'landfall.yaml': `${product}${file}`, 'stream/app.yaml': deployment };
  const { tools, file: productFile, outDir } = await smallProduct(changes);
  return buildRelease({ ...tools, productFile, version: '1.0.0', outDir, signer });
}

describe('entity types in a release', () => {
  it('are pinned with every image, in dependency order, and are nothing that an old runner must know', async () => {
    const { release } = await build(types);
    expect(release.critical).toEqual([]);
    const built = release.entityTypes ?? [];
    expect(built.map(({ name }) => name)).toEqual(['dataConnectors', 'streams']);
    const [, streams] = built;
    expect(streams?.components.map(({ name, kind }) => [name, kind])).toEqual([
      ['topic', 'job'],
      ['app', 'manifests'],
    ]);
    expect(streams).not.toHaveProperty('example');
    const images = [
      ...(streams?.components ?? []).flatMap((member) => [
        ...('images' in member ? member.images : []),
        ...(member.kind === 'job' && member.undo !== undefined ? member.undo.images : []),
      ]),
      ...(streams?.cleanup?.images ?? []),
    ].map(({ reference }) => reference);
    expect(images).toEqual(['shop.example/init:1', 'shop.example/test:1', 'shop.example/app:1', 'shop.example/hook:1']);
    // The mirror fills itself from this list: of the types' artifacts too.
    const without = releaseSchema.parse({ ...release, entityTypes: undefined });
    const all = artifactsOf(release).map(({ repository }) => repository);
    expect(all.filter((item) => !artifactsOf(without).some(({ repository }) => repository === item))).toEqual([
      'shop/entities/streams/app',
    ]);
  });

  it('bring the image of what undoes a job into the mirror, and refuse one without', async () => {
    const own = types.replace(
      "template: {spec: {containers: [{name: t, image: 'shop.example/test:1'",
      'template: {spec: {containers: [{name: t',
    );
    await expect(build(own)).rejects.toMatchObject({
      code: 'LF-RELEASE-001',
      message: expect.stringContaining('topic.undo'),
    });
    const { release } = await build(types);
    const [, streams] = release.entityTypes ?? [];
    const topic = streams?.components.find(({ name }) => name === 'topic');
    const undone = topic?.kind === 'job' ? topic.undo?.images.map(({ artifact }) => artifact.digest) : [];
    expect(
      artifactsOf(releaseSchema.parse({ ...release, components: release.components.slice(0, 1) })).map(
        ({ digest }) => digest,
      ),
    ).toEqual(expect.arrayContaining(undone ?? []));
  });

  it('state what their account needs beyond the usual, as components do', async () => {
    const priority = `---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: 'stream-\${entity.name}'}
value: 5
`;
    const { tools, file, outDir } = await smallProduct({
      'landfall.yaml': `${productYaml}${types}`,
      'stream/app.yaml': `${deployment}${priority}`,
    });
    const { release } = await buildRelease({ ...tools, productFile: file, version: '1.0.0', outDir, signer });
    const app = release.entityTypes?.flatMap(({ components }) => components).find(({ name }) => name === 'app');
    // Not by name: it is called otherwise for every entity.
    expect(app).toMatchObject({
      rights: [
        {
          ...{ scope: 'cluster', apiGroups: ['scheduling.k8s.io'], resources: ['priorityclasses'] },
          verbs: ['get', 'create', 'update', 'patch', 'delete'],
        },
      ],
    });
    expect(JSON.stringify(app)).not.toContain('resourceNames');
    const unknown = `${deployment}---\napiVersion: shop.example/v1\nkind: Topic\nmetadata: {name: x}\n`;
    const other = await smallProduct({ 'landfall.yaml': `${productYaml}${types}`, 'stream/app.yaml': unknown });
    const again = { ...other.tools, productFile: other.file, version: '1.0.0', outDir: other.outDir, signer };
    await expect(buildRelease(again)).rejects.toMatchObject({
      code: 'LF-RELEASE-015',
      message: expect.stringContaining('streams.app brings a Topic of shop.example'),
    });
  });

  it('without any, the release has the bytes that it had before there were types', async () => {
    expect((await build('')).release).not.toHaveProperty('entityTypes');
  });

  it.each([
    ['an example that does not fit', types.replace('example: {topic: orders}', 'example: {}'), 'LF-RELEASE-003'],
    ['an expression of nothing', types.replace('${entity.spec.topic}', '${entity.spec.nope}'), 'LF-RELEASE-003'],
    [
      'types in a circle',
      types.replace('- name: dataConnectors', '- name: dataConnectors\n    dependsOn: [streams]'),
      'LF-RELEASE-002',
    ],
    ['a component of nobody', types.replace('dependsOn: [topic]', 'dependsOn: [nope]'), 'LF-RELEASE-002'],
    ['two types of one name in the cluster', types.replace('name: dataConnectors', 'name: sTreams'), 'LF-RELEASE-001'],
    ['a field that there is not', types.replace('example:', 'exampel:'), 'LF-RELEASE-001'],
    ['a schema that is none', types.replace('schema: {type: object}', 'schema: {type: nope}'), 'LF-CONTRACT-014'],
  ])('refuses %s', async (_what, file, code) => {
    await expect(build(file)).rejects.toMatchObject({ code });
  });

  it('refuses a component that is named as those of an entity are', async () => {
    const named = types.replace('name: streams', 'name: web');
    await expect(build(named, productYaml.replaceAll('name: web', 'name: web-app'))).rejects.toMatchObject({
      code: 'LF-RELEASE-002',
      message: expect.stringContaining('web-app begins as the components of entity type web do'),
    });
  });
});
