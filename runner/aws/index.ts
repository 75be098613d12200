export { type AwsClients, type AwsOptions, awsHosts, createAwsClients, podIdentityCredentials } from './clients.ts';
export { dialedHandler } from './request-handler.ts';
