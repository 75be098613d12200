export { censusByProcess } from './census-by-process.ts';
export { createSealKeeper } from './seal-keeper.ts';
