/** OCI image-spec and the Docker types that registries still serve. */
export const mediaTypes = {
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  layerTarGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export const manifestTypes: readonly string[] = [mediaTypes.imageManifest, mediaTypes.dockerManifest];
export const indexTypes: readonly string[] = [mediaTypes.imageIndex, mediaTypes.dockerManifestList];

/** Layers whose bytes are elsewhere by license: there is nothing to copy. */
export function isForeign(mediaType: string): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
}
