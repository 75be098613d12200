import type { Artifact } from '../../contract/index.ts';
import { copyArtifact, type Layout, type PackedArtifact, type RawManifest } from '../../oci/index.ts';

/** Puts a packed artifact into the layout and says where it will be in a registry. */
export async function storeArtifact(layout: Layout, artifact: PackedArtifact, repository: string): Promise<Artifact> {
  await copyArtifact({ from: artifact, to: layout, digest: artifact.manifest.digest });
  return asArtifact(repository, artifact.manifest);
}

export function asArtifact(repository: string, manifest: RawManifest): Artifact {
  const { digest, mediaType, bytes } = manifest;
  return { repository, digest, mediaType, size: bytes.byteLength };
}

/** Files whose names start with a dot (state, caches, editors' leavings, `.git`) never get into an archive. */
export function isShown(path: string): boolean {
  return !path.slice(path.lastIndexOf('/') + 1).startsWith('.');
}
