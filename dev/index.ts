export { type DevConfig, readDevConfig } from './config.ts';
export * from './tools/index.ts';
export * from './world/index.ts';
