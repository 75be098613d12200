export { awaitHealthy } from './await-healthy.ts';
export { type HealthParts, lookAtHealth, passingKinds, workloadKinds } from './component-health.ts';
export { type Health, healthOf } from './object-health.ts';
export { waitUntil } from './wait-until.ts';
