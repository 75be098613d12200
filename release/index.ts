export { buildRelease, type BuiltRelease, releaseTag } from './build.ts';
export { createBuildEngines } from './build-engines.ts';
export { publishRelease } from './publish.ts';
export { readRelease } from './publish/read-release.ts';
export { parseProductFile } from './product-file/read.ts';
export { assembleIndex } from './images/assemble-index.ts';
export { assembleImage } from './images/assemble-image.ts';
