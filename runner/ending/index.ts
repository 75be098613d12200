export type { InstallRoleAccess, Probe, ProbeResult, StateAccess } from './access.ts';
export { awsInstallRoleAccess } from './aws-access.ts';
export { type Ending, createEnding } from './ending.ts';
export { presignedUrlProbe } from './probe.ts';
export { s3StateAccess } from './state-access.ts';
