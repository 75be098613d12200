export { awsInstallRoleAccess } from './aws-access.ts';
export { createEnding } from './ending.ts';
export { presignedUrlProbe } from './probe.ts';
export { s3StateAccess } from './state-access.ts';
