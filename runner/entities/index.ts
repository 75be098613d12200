export { entitiesOfInstall } from './of-install.ts';
export { createEntityKeeper, type EntityKeeper, type EntityKeeperOptions } from './keeper.ts';
export { createEntityRecords } from './records.ts';
