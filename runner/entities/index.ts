export { entitiesOfInstall } from './of-install.ts';
export { createEntityKeeper, type EntityKeeperOptions } from './keeper.ts';
export { createEntityRecords } from './records.ts';
