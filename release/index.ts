export { buildRelease, type BuildReleaseOptions, type BuiltRelease, releaseTag } from './build.ts';
export type { BuildTools } from './build-component.ts';
export { publishRelease, type PublishedRelease, type PublishReleaseOptions } from './publish.ts';
export type { ControlPlaneAccess } from './publish/control-plane.ts';
export { readRelease, type StoredRelease } from './publish/read-release.ts';
export { parseProductFile, readProductFile } from './product-file/read.ts';
export type { Registries } from './registries.ts';
export { assembleImage, type ImageConfig, type ImageLayer } from './images/assemble-image.ts';
