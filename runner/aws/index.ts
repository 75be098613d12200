export { type AwsClients, awsHosts, createAwsClients } from './clients.ts';
