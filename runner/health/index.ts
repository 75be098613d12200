export { awaitHealthy, type HealthOutcome } from './await-healthy.ts';
export { type HealthParts, lookAtHealth, workloadKinds } from './component-health.ts';
export { type Health, healthOf } from './object-health.ts';
