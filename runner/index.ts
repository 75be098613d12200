export { runnerConfigSchema, type RunnerConfig } from './config.ts';
export { readLedger } from './egress/index.ts';
export { effectKinds } from './effects/index.ts';
export { startRunner } from './start-runner.ts';
