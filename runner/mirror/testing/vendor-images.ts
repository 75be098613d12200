import { type Artifact, type Release, artifactSchema, releaseSchema, sha256 } from '../../../contract/index.ts';
import { type RawManifest, rawManifest } from '../../../oci/index.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export type VendorImages = {
  vendor: MemoryRegistry;
  artifacts: Map<string, Artifact>;
  /** A release of one chart's component with these images; its chart is the first image: garbage does not ask what an artifact is. */
  releaseOf: (version: number, names: readonly string[]) => Release;
};

/** A vendor's registry with images of one and of two platforms; some share a platform's image, one layer is in all of them. */
export async function vendorImages(images: Record<string, readonly string[]>): Promise<VendorImages> {
  const vendor = memoryRegistry('vendor.test');
  const repository = 'shop/images';
  const blob = async (text: string) => {
    const bytes = Buffer.from(text);
    const content = { digest: sha256(bytes), size: bytes.byteLength };
    await vendor.putBlob(repository, content, bytes);
    return content;
  };
  const describe = (raw: RawManifest) => ({ mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.byteLength });
  const put = async (body: object, mediaType: string, tag: string): Promise<RawManifest> => {
    const raw = rawManifest(bytesOf({ schemaVersion: 2, mediaType, ...body }), mediaType);
    await vendor.putManifest(repository, raw, { tag });
    return raw;
  };
  const imageOf = async (name: string): Promise<RawManifest> => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await blob(`config of ${name}`)) };
    const layer = 'application/vnd.oci.image.layer.v1.tar';
    const layers = [
      { mediaType: layer, ...(await blob('shared')) },
      { mediaType: layer, ...(await blob(`layer of ${name}`)) },
    ];
    return put({ config, layers }, manifestType, name);
  };
  const artifacts = new Map<string, Artifact>();
  for (const [name, platforms] of Object.entries(images)) {
    const manifests = [];
    for (const [at, platform] of platforms.entries())
      manifests.push({
        ...describe(await imageOf(platform)),
        platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
      });
    const root = platforms.length === 0 ? await imageOf(name) : await put({ manifests }, indexType, name);
    artifacts.set(name, artifactSchema.parse({ repository, ...describe(root) }));
  }
  const [chart] = artifacts.values();
  const releaseOf = (version: number, names: readonly string[]): Release => {
    const named = names.map((name) => ({ reference: `vendor.test/${name}:1`, artifact: artifacts.get(name) }));
    const component = {
      ...{ kind: 'helm', name: 'web', namespace: 'shop', releaseName: 'web', chartVersion: '1.0.0' },
      ...{ chart, images: named },
    };
    return releaseSchema.parse({
      ...{ apiVersion: 'landfall.dev/v1', kind: 'Release', product: 'shop', title: 'Shop' },
      ...{
        version: `1.0.${version}`,
        inputs: { schema: { type: 'object' } },
        components: [component],
        permissions: [],
      },
    });
  };
  return { vendor, artifacts, releaseOf };
}
