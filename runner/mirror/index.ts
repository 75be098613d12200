export { imagesInUse } from './garbage/images-in-use.ts';
export { createKeptReleases } from './garbage/kept-releases.ts';
export { distributionRegistry } from './distribution-registry.ts';
export { createMirror } from './mirror.ts';
export { createMirrorRecord } from './record.ts';
export { createVendorRegistries, ecrRegistry, type VendorRegistries } from './registries.ts';
export { vendorReleaseSource } from './release-source.ts';
