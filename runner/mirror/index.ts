export { createMirror } from './mirror.ts';
export { createMirrorRecord } from './record.ts';
export { createVendorRegistries, ecrRegistry } from './registries.ts';
export { vendorReleaseSource } from './release-source.ts';
