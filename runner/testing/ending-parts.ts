/** The runner's own hands at the end of an install, for tests that join rooms. */
export { awsInstallRoleAccess, s3StateAccess } from '../ending/index.ts';
