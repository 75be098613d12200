export { eksUpdates } from './cloud-updates.ts';
export { ownBranch } from './own-branch.ts';
export { placeOf } from './runner-place.ts';
export { type BaseLayerParts, type BaseMemory, upgradeBase } from './upgrade-base.ts';
