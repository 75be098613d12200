export { censusOfAccount } from './census-of-account.ts';
export { type SealKeeper, createSealKeeper } from './seal-keeper.ts';
