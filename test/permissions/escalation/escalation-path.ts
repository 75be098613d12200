/**
 * Known ways from few rights to many, or out of the account. Each is tried with the rights of install, runner, upgrade and
 * teardown role.
 */
export type EscalationPath = {
  name: string;
  action: string;
  resource: string;
  context?: Readonly<Record<string, string | string[]>>;
};

export const account = '123456789012';
export const iam = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:eu-central-1:${account}:${resource}`;
export const passedTo = (service: string): Record<string, string> => ({ 'iam:PassedToService': service });
export const admin = iam('role/admin');
export const adminPolicy = 'arn:aws:iam::aws:policy/AdministratorAccess';
export const foreign = { 'aws:ResourceTag/landfall:install': 'another' };
export const stateBucket = 'arn:aws:s3:::lf-acme-123456789012-state';
export const stateKey = arn('kms', 'key/11111111-1111-4111-8111-111111111111');
export const roles = ['install', 'runner', 'upgrade', 'teardown', 'node', 'cluster'];
