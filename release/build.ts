import { dirname, resolve } from 'node:path';
import {
  apiVersion,
  canonicalJson,
  type Component,
  criticalFeaturesOf,
  type Digest,
  type EntityType,
  envelopeMediaType,
  LandfallError,
  mediaTypes,
  parseValue,
  payloadTypes,
  type Permission,
  type ProductFile,
  type Release,
  releaseSchema,
  requireInputSchema,
  type Signer,
  versionSchema,
} from '../contract/index.ts';
import { copyArtifact, createLayout, packArtifact } from '../oci/index.ts';
import { type BuildContext, buildComponent, type BuildTools } from './build-component.ts';
import { buildEntityTypes } from './build-entity-types.ts';
import { withScratch } from './pack/scratch.ts';
import { inDependencyOrder } from './product-file/order.ts';
import { readProductFile } from './product-file/read.ts';

export type BuildReleaseOptions = BuildTools & {
  /** Path of landfall.yaml. */
  productFile: string;
  version: string;
  /** OCI layout that the release is put into; several versions may share one. */
  outDir: string;
  signer: Signer;
};

export type BuiltRelease = {
  release: Release;
  /** Digest of the release's OCI manifest, whose only layer is the signed envelope. */
  digest: Digest;
  /** Tag of the release in the layout: `<product>:<version>`. */
  tag: string;
  layoutDir: string;
};

/**
 * landfall.yaml -> a release: everything packed, found, pinned by digest and signed, in an OCI layout.
 * The same input gives the same bytes (with an Ed25519 key the signature, too).
 */
export async function buildRelease(options: BuildReleaseOptions): Promise<BuiltRelease> {
  const version = versionSchema.safeParse(options.version);
  if (!version.success) {
    throw new LandfallError('LF-RELEASE-010', `"${options.version}" is not a version of a release`);
  }
  const productFile = resolve(options.productFile);
  const product = await readProductFile(productFile);
  requireInputSchema(product.inputs.schema);
  const ordered = inDependencyOrder(product.components);
  const layout = await createLayout(resolve(options.outDir));
  const components: Component[] = [];
  const entityTypes: EntityType[] = [];
  const named = options.platforms ?? product.platforms;
  // In one order: who lists the same platforms in another gets the same bytes.
  const platforms = named === undefined ? undefined : [...new Set(named)].sort();
  await withScratch(options.cacheDir, async (scratchDir) => {
    const productDir = dirname(productFile);
    const context: BuildContext = { ...options, product, productDir, layout, scratchDir, platforms, definitions: [] };
    for (const component of ordered) components.push(await buildComponent(context, component));
    entityTypes.push(...(await buildEntityTypes(context)));
  });
  const release = parseValue(
    describe(product, version.data, platforms, components, entityTypes),
    releaseSchema,
    'the release',
  );
  const payload = Buffer.from(canonicalJson(release));
  const envelope = Buffer.from(canonicalJson(await options.signer.sign(payloadTypes.release, payload)));
  const packed = await packArtifact({
    artifactType: mediaTypes.release,
    layers: [{ mediaType: envelopeMediaType, bytes: envelope }],
  });
  const tag = releaseTag(release.product, release.version);
  await copyArtifact({ from: packed, to: layout, digest: packed.manifest.digest });
  await layout.putManifest(packed.manifest, { tag });
  options.say(`${release.product} ${release.version} is ${packed.manifest.digest}`);
  return { release, digest: packed.manifest.digest, tag, layoutDir: layout.dir };
}

export function releaseTag(product: string, version: string): string {
  return `${product}:${version}`;
}

function describe(
  product: ProductFile,
  version: string,
  platforms: readonly string[] | undefined,
  components: Component[],
  entityTypes: EntityType[],
): object {
  return {
    apiVersion,
    kind: 'Release',
    critical: criticalFeaturesOf(components),
    product: product.metadata.name,
    title: product.metadata.title,
    version,
    ...(platforms === undefined ? {} : { platforms }),
    inputs: product.inputs,
    components,
    permissions: permissionsOf(product),
    ...(entityTypes.length === 0 ? {} : { entityTypes }),
  };
}

/** Each statement once; two that share a sid and differ would be one too few in a policy. */
function permissionsOf(product: ProductFile): Permission[] {
  const bySid = new Map<string, Permission>();
  for (const component of product.components) {
    if (component.kind !== 'terraform') continue;
    for (const permission of component.permissions) {
      const other = bySid.get(permission.sid);
      if (other !== undefined && canonicalJson(other) !== canonicalJson(permission)) {
        throw new LandfallError('LF-RELEASE-001', `two different permissions have the sid ${permission.sid}`);
      }
      bySid.set(permission.sid, permission);
    }
  }
  return [...bySid.values()];
}
