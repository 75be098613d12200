import { Sha256 } from '@aws-crypto/sha256-js';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Dispatcher } from 'undici';
import type { AwsCredentials } from '../../context.ts';
import { type LogsApi, createLogsApi } from './logs-api.ts';
import { readOnlyHandler } from './read-only-handler.ts';
import { createSlots } from './slots.ts';

export type ReadOnlyAws = {
  sts: STSClient;
  ec2: EC2Client;
  eks: EKSClient;
  ecr: ECRClient;
  iam: IAMClient;
  kms: KMSClient;
  s3: S3Client;
  quotas: ServiceQuotasClient;
  organizations: OrganizationsClient;
  logs: LogsApi;
  /** Every request that left, retries too: `ec2:DescribeVpcs` -> how often. */
  calls: ReadonlyMap<string, number>;
};

/** AWS, to read from: one handler under all clients counts what goes and stops what could write. */
export function createReadOnlyAws(options: {
  region: string;
  credentials: AwsCredentials;
  awsEndpointUrl?: string;
  dispatcher: Dispatcher;
  /** How many calls are under way at a time. */
  concurrency: number;
}): ReadOnlyAws {
  const { region, credentials, awsEndpointUrl } = options;
  const calls = new Map<string, number>();
  const requestHandler = readOnlyHandler({
    dispatcher: options.dispatcher,
    slots: createSlots(options.concurrency),
    onCall: (call) => calls.set(call, (calls.get(call) ?? 0) + 1),
    deadlineMs: 20_000,
  });
  const client = {
    region,
    credentials,
    requestHandler,
    maxAttempts: 3,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
  };
  return {
    sts: new STSClient(client),
    ec2: new EC2Client(client),
    eks: new EKSClient(client),
    ecr: new ECRClient(client),
    iam: new IAMClient(client),
    kms: new KMSClient(client),
    s3: new S3Client({ ...client, forcePathStyle: awsEndpointUrl !== undefined }),
    quotas: new ServiceQuotasClient(client),
    organizations: new OrganizationsClient(client),
    logs: createLogsApi({
      endpoint: new URL(
        awsEndpointUrl ?? `https://logs.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
      ),
      signer: new SignatureV4({ credentials, region, service: 'logs', sha256: Sha256 }),
      handler: requestHandler,
    }),
    calls,
  };
}
