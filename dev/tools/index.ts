export { type AwsProvider, findAwsProvider, requireAwsProvider } from './aws-provider.ts';
export type { BuildOptions } from './build-tool.ts';
export { ensureTools } from './ensure-tools.ts';
export { ensureMoto, findMoto } from './moto.ts';
export { type ToolName, awsProviderVersion } from './pins.ts';
export { type NodePackages, findNodePackages } from './system-packages.ts';
