import {
  type Artifact,
  canonicalJson,
  type JsonObject,
  LandfallError,
  limits,
  mediaTypes,
} from '../../contract/index.ts';
import { type Layout, packArtifact } from '../../oci/index.ts';
import { storeArtifact } from './stored-artifact.ts';

/** Packs Kubernetes objects as one JSON list; the runner reads no YAML. The same objects have the same digest. */
export async function packManifests(
  layout: Layout,
  options: { objects: readonly JsonObject[]; repository: string },
): Promise<Artifact> {
  const bytes = Buffer.from(canonicalJson(options.objects));
  if (bytes.byteLength > limits.manifests.bytes) {
    const message = `the manifests have ${bytes.byteLength} bytes; at most ${limits.manifests.bytes} are taken`;
    throw new LandfallError('LF-RELEASE-004', message);
  }
  const artifact = await packArtifact({
    artifactType: mediaTypes.manifests,
    layers: [{ mediaType: mediaTypes.manifests, bytes }],
  });
  return storeArtifact(layout, artifact, options.repository);
}
