import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsCredentials, InstallContext } from '../context.ts';
import { clientOptions } from '../identity.ts';
import { createSignedCaller, type SignedCaller } from './signed-call.ts';

/** One person's or role's hands in the account. */
export type AccountClients = {
  ec2: EC2Client;
  ecr: ECRClient;
  eks: EKSClient;
  iam: IAMClient;
  kms: KMSClient;
  s3: S3Client;
  caller: SignedCaller;
  close(): Promise<void>;
};

export function openClients(context: InstallContext, region: string, credentials: AwsCredentials): AccountClients {
  const options = clientOptions(context, region, credentials);
  const clients = {
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    eks: new EKSClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    s3: new S3Client(options),
  };
  const { awsEndpointUrl, clock, wayOut } = context;
  const caller = createSignedCaller({
    clock,
    region,
    credentials,
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
    ...(wayOut === undefined ? {} : { wayOut }),
  });
  return {
    ...clients,
    caller,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await caller.close();
    },
  };
}
