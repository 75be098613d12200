export { awsProviderCommand, findAwsProvider, requireAwsProvider } from './aws-provider.ts';
export { ensureTools } from './ensure-tools.ts';
export { findTool } from './find-tool.ts';
export { ensureMoto, findMoto } from './moto.ts';
export { awsProviderVersion, goTools, motoVersion } from './pins.ts';
export { requireEngines } from './require-engines.ts';
export { type NodePackages, findNodePackages, realNodesMissing } from './system-packages.ts';
