export { censusOfAccount } from './census-of-account.ts';
export { createSealKeeper } from './seal-keeper.ts';
