export { type RunnerConfig, type RunnerEnvironment, runnerConfigSchema } from './config.ts';
export { type LedgerLine, readLedger } from './egress/index.ts';
export { effectKinds } from './effects/index.ts';
export { type RunningRunner, startRunner, type StartOptions } from './start-runner.ts';
