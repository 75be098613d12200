export * from './tools/index.ts';
export * from './world/index.ts';
