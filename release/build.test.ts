import { readdir, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  artifactsOf,
  canonicalJson,
  generateKeyPair,
  localSigner,
  payloadTypes,
  pinnedKeysVerifier,
} from '../contract/index.ts';
import { openLayout } from '../oci/index.ts';
import { buildRelease, type BuiltRelease, releaseTag } from './build.ts';
import { readRelease } from './publish/read-release.ts';
import { helmThatRenders, productYaml, type SmallProduct, smallProduct } from './testing/small-product.ts';

const keys = generateKeyPair();
const signer = localSigner(keys.privateKeyPem);

function build(product: SmallProduct, changes: Partial<SmallProduct['tools']> = {}): Promise<BuiltRelease> {
  const { tools, file, outDir } = product;
  return buildRelease({ ...tools, ...changes, productFile: file, version: '1.0.0', outDir, signer });
}

const blobsOf = async ({ layoutDir }: BuiltRelease): Promise<string[]> =>
  (await readdir(join(layoutDir, 'blobs/sha256'))).sort();

describe('buildRelease', () => {
  it('pins every image, those of hooks and tests included, each at a place in the registry', async () => {
    const { release } = await build(await smallProduct());
    const [store, web] = release.components;
    expect(web).toMatchObject({
      kind: 'helm',
      chart: { repository: 'shop/charts/web' },
      chartVersion: '1.2.3',
      values: { replicas: '${inputs.replicas}' },
      images: ['app', 'hook', 'init', 'test'].map((name) => ({
        reference: `shop.example/${name}:1`,
        artifact: { repository: `shop/images/${name}` },
      })),
    });
    expect(store).toMatchObject({
      module: { repository: 'shop/modules/store' },
      providers: [{ source: 'registry.opentofu.org/example/cloud', version: '1.0.0', platform: 'linux_amd64' }],
    });
    expect(release.permissions.map(({ sid }) => sid)).toEqual(['Store']);
  });

  it('puts everything it names into the layout, byte for byte as it says', async () => {
    const built = await build(await smallProduct());
    const layout = await openLayout(built.layoutDir);
    for (const artifact of artifactsOf(built.release)) {
      expect((await layout.getManifest(artifact.digest)).bytes.byteLength).toBe(artifact.size);
    }
  });

  it('gives the same bytes for the same input, whenever and wherever it is built', async () => {
    const one = await smallProduct();
    const other = await smallProduct();
    await utimes(join(other.dir, 'charts/web/Chart.yaml'), new Date(0), new Date(0));
    const [first, second] = [await build(one), await build(other)];
    expect(second.digest).toBe(first.digest);
    expect(await blobsOf(second)).toEqual(await blobsOf(first));
  });

  it('takes the base layer as it is handed in, names the rights it needs, and makes readers know it', async () => {
    const product = await smallProduct({
      'landfall.yaml': `${productYaml}  - {name: base, kind: terraform, baseLayer: true}\n`,
      'elsewhere/cdk.tf.json': '{}',
    });
    const permission = { sid: 'Up', actions: ['eks:UpdateClusterVersion'], resources: ['*'], reason: 'To upgrade.' };
    const baseLayer = () => Promise.resolve({ dir: join(product.dir, 'elsewhere'), upgradePermissions: [permission] });
    const { release } = await build(product, { baseLayer });
    expect(release.critical).toEqual(['base-layer']);
    expect(release.components.find(({ name }) => name === 'base')).toMatchObject({
      kind: 'terraform',
      baseLayer: true,
      rollback: 'forward-only',
      upgradePermissions: [permission],
      module: { repository: 'shop/modules/base' },
      providers: [{ source: 'registry.opentofu.org/example/cloud' }],
    });
    // What the account stack gives the product is not what it gives the upgrade role.
    expect(release.permissions.map(({ sid }) => sid)).toEqual(['Store']);
    await expect(build(product)).rejects.toMatchObject({ code: 'LF-RELEASE-004' });
  });

  it('writes the same document as before for a product without the base layer', async () => {
    const { release } = await build(await smallProduct());
    expect(release.critical).toEqual([]);
    const [store] = release.components;
    expect(Object.keys(store ?? {}).sort()).toEqual(
      'dependsOn health kind module name outputs providers rollback variables'.split(' '),
    );
  });

  it('signs what it writes, with the key that a runner pins', async () => {
    const built = await build(await smallProduct());
    const tag = releaseTag('shop', '1.0.0');
    const { envelope, release } = await readRelease(await openLayout(built.layoutDir), tag);
    const verifier = pinnedKeysVerifier([keys.publicKeyPem]);
    const payload = await verifier.verify(envelope, payloadTypes.release);
    expect(payload.toString()).toBe(canonicalJson(release));
    const forged = {
      ...envelope,
      payload: Buffer.from(canonicalJson({ ...release, title: 'Mine' })).toString('base64'),
    };
    await expect(verifier.verify(forged, payloadTypes.release)).rejects.toMatchObject({ code: 'LF-CONTRACT-006' });
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      'an output of a component it does not depend on',
      { 'landfall.yaml': productYaml.replace('dependsOn: [store]', 'dependsOn: []') },
      'LF-RELEASE-003',
      'without naming store in dependsOn',
    ],
    [
      'an output that is not declared',
      { 'landfall.yaml': productYaml.replace('outputs.name', 'outputs.arn') },
      'LF-RELEASE-003',
      'there is no components.store.outputs.arn',
    ],
    [
      'an input that is not declared',
      { 'landfall.yaml': productYaml.replace('inputs.replicas', 'inputs.replica') },
      'LF-RELEASE-003',
      'there is no inputs.replica',
    ],
    [
      'a folder outside of the product',
      { 'landfall.yaml': productYaml.replace('./charts/web', '../../etc') },
      'LF-RELEASE-004',
      'does not lie below',
    ],
    [
      'a chart that is none',
      { 'landfall.yaml': productYaml.replace('./charts/web', './modules/store') },
      'LF-RELEASE-004',
      'no Chart.yaml',
    ],
    [
      'a base layer with variables of the product',
      { 'landfall.yaml': `${productYaml}  - {name: base, kind: terraform, baseLayer: true, variables: {a: b}}\n` },
      'LF-RELEASE-001',
      "the install's, not the product's",
    ],
    [
      'two base layers',
      {
        'landfall.yaml': `${productYaml}${['a', 'b'].map((name) => `  - {name: ${name}, kind: terraform, baseLayer: true}\n`).join('')}`,
      },
      'LF-RELEASE-001',
      'only one base layer',
    ],
    [
      'a terraform component without a module',
      { 'landfall.yaml': productYaml.replace('    module: ./modules/store\n', '') },
      'LF-RELEASE-001',
      'expected a folder',
    ],
    [
      'a secret for a variable that the module does not have',
      {
        'modules/store/main.tf': 'variable "token" {}\noutput "name" { value = "x" }\n',
        'landfall.yaml': productYaml
          .replace('inputs:\n', 'inputs:\n  secrets: [{name: key, description: Key}]\n')
          .replace('    outputs: [name]\n', '    outputs: [name]\n    secretVariables: {tokn: key}\n'),
      },
      'LF-RELEASE-016',
      'tokn, which its module does not declare; it declares token',
    ],
    [
      'an override file in a module: it may move the state',
      { 'modules/store/zz_override.tofu.json': '{}' },
      'LF-RELEASE-017',
      'holds zz_override.tofu.json: an override file',
    ],
    [
      'a module that encrypts its state by itself',
      { 'modules/store/more.tofu': 'terraform {\n  encryption {\n    key_provider "pbkdf2" "x" {\n    }\n  }\n}\n' },
      'LF-RELEASE-017',
      'holds more.tofu: it encrypts its state (key_provider)',
    ],
    ['state in a module', { 'modules/store/terraform.tfstate': '{}' }, 'LF-RELEASE-004', 'terraform.tfstate'],
    [
      'a schema that is none',
      { 'landfall.yaml': productYaml.replace('type: object', 'type: objekt') },
      'LF-CONTRACT-014',
      'schema',
    ],
  ])('refuses %s', async (_name, changes, code, message) => {
    await expect(build(await smallProduct(changes))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['is not in its layout', 'shop.example/nowhere:1', 'cannot be taken from'],
    ['has no registry', 'other.example/app:1', 'no registry other.example is configured'],
    ['is no reference', 'UPPER CASE', 'is not an image reference'],
  ])('refuses an image that %s, since it cannot be pinned', async (_name, image, message) => {
    const helm = helmThatRenders(`{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: "${image}"}]}}`);
    await expect(build(await smallProduct(), { helm })).rejects.toMatchObject({
      code: 'LF-RELEASE-005',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a link in a chart: it would pack a file of this machine', async () => {
    const product = await smallProduct();
    await symlink('/etc/hostname', join(product.dir, 'charts/web/templates/stolen.yaml'));
    await expect(build(product)).rejects.toMatchObject({ code: 'LF-RELEASE-004' });
  });

  it('refuses a version that is none', async () => {
    const { tools, file, outDir } = await smallProduct();
    const options = { ...tools, productFile: file, version: 'v1', outDir, signer };
    await expect(buildRelease(options)).rejects.toMatchObject({ code: 'LF-RELEASE-010' });
  });
});
