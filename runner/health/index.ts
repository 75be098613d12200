export { awaitHealthy } from './await-healthy.ts';
export { type HealthParts, lookAtHealth, passingKinds } from './component-health.ts';
export { debounce, type Kept } from './debounce.ts';
export type { Health } from './health.ts';
export { isJudged } from './judged.ts';
export { healthOf } from './object-health.ts';
export { waitUntil } from './wait-until.ts';
