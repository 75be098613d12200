import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { type RamCalls, type SendHttp, createRamCalls } from './ram-calls.ts';

export type GlobalClients = { iam: IAMClient; s3: S3Client; organizations: OrganizationsClient; sts: STSClient };
export type RegionClients = {
  kms: KMSClient;
  ecr: ECRClient;
  sqs: SQSClient;
  sns: SNSClient;
  lambda: LambdaClient;
  secrets: SecretsManagerClient;
  eks: EKSClient;
  ec2: EC2Client;
  ram: RamCalls;
};
export type CensusClients = { global: GlobalClients; of(region: string): RegionClients; close(): void };

type Key = {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
};

export type CensusAccess = {
  /** The install's region; the calls to IAM, S3 and Organizations start from it. */
  region: string;
  /** Empty: AWS itself. */
  endpointUrl: string;
  credentials: Key | (() => Promise<Key>);
  /** How the SDK sends; default: by itself. The runner gives its dialer. */
  requestHandler?: S3ClientConfig['requestHandler'];
  /** How RAM's calls are sent, which have no client of the SDK here; default: fetch. */
  send?: SendHttp;
};

/** One client per service and region, made when first asked for. */
export function createCensusClients(access: CensusAccess): CensusClients {
  const { endpointUrl, credentials, requestHandler } = access;
  const settingsOf = (region: string) => ({
    region,
    credentials: typeof credentials === 'function' ? withoutUndefined(credentials) : clean(credentials),
    // A census is hundreds of reads at once: AWS says "slow down", and this slows down.
    retryMode: 'adaptive',
    maxAttempts: 6,
    ...(requestHandler === undefined ? {} : { requestHandler }),
    ...(endpointUrl === '' ? {} : { endpoint: endpointUrl }),
  });
  const home = settingsOf(access.region);
  const global: GlobalClients = {
    iam: new IAMClient(home),
    // By path: a host name per bucket would need a way out per bucket.
    s3: new S3Client({ ...home, forcePathStyle: true, followRegionRedirects: true }),
    organizations: new OrganizationsClient(home),
    sts: new STSClient(home),
  };
  const regions = new Map<string, RegionClients>();
  const of = (region: string): RegionClients => {
    const settings = settingsOf(region);
    const made = regions.get(region) ?? {
      kms: new KMSClient(settings),
      ecr: new ECRClient(settings),
      sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
      sns: new SNSClient(settings),
      lambda: new LambdaClient(settings),
      secrets: new SecretsManagerClient(settings),
      eks: new EKSClient(settings),
      ec2: new EC2Client(settings),
      ram: createRamCalls({ region, endpointUrl, credentials: settings.credentials, send: access.send }),
    };
    regions.set(region, made);
    return made;
  };
  return {
    global,
    of,
    close: () => {
      for (const set of [global, ...regions.values()]) for (const client of Object.values(set)) client.destroy();
    },
  };
}

/** Every host that the census of these regions asks, at AWS itself. */
export function censusHosts(regions: readonly string[]): string[] {
  const services = [
    'kms',
    'api.ecr',
    'sqs',
    'sns',
    'lambda',
    'secretsmanager',
    'eks',
    'ec2',
    'ram',
    'sts',
    's3',
    'iam',
  ];
  return regions.flatMap((region) => {
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return [
      ...services.map((service) => `${service}.${region}.${domain}`),
      'iam.amazonaws.com',
      'organizations.us-east-1.amazonaws.com',
      'organizations.us-gov-west-1.amazonaws.com',
      'organizations.cn-northwest-1.amazonaws.com.cn',
    ];
  });
}

type SdkKey = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };

function clean(key: Key): SdkKey {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = key;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

function withoutUndefined(credentials: () => Promise<Key>): () => Promise<SdkKey> {
  return async () => clean(await credentials());
}
