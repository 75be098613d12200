export { type AwsProvider, awsProviderCommand, findAwsProvider, requireAwsProvider } from './aws-provider.ts';
export type { BuildOptions } from './build-tool.ts';
export { ensureTools } from './ensure-tools.ts';
export { findTool } from './find-tool.ts';
export { ensureMoto, findMoto } from './moto.ts';
export { type ToolName, awsProviderVersion, goTools, motoVersion } from './pins.ts';
export { type EngineName, type Engines, requireEngines } from './require-engines.ts';
export { type NodePackages, findNodePackages, realNodesMissing } from './system-packages.ts';
