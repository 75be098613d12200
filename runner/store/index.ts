export { createStore, newestEpoch } from './store.ts';
