export { awsProviderCommand, findAwsProvider, requireAwsProvider } from './aws-provider.ts';
export { ensureTools } from './ensure-tools.ts';
export { findTool } from './find-tool.ts';
export { ensureMoto } from './moto.ts';
export { type Architecture, awsProviderVersion, goTools, ownArchitecture, packagedTools } from './pins.ts';
export { ensurePackagedTools, findPackagedTool } from './packaged-tool.ts';
export { noteSkipped, requireEngines, simulatedCluster } from './require-engines.ts';
export { type NodePackages, findNodePackages, realNodesMissing } from './system-packages.ts';
