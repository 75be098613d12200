import { readFile } from 'node:fs/promises';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type Clock, LandfallError, describeError, parseJson } from '../../contract/index.ts';
import { dialedHandler } from './request-handler.ts';

export type AwsClients = {
  ecr: ECRClient;
  eks: EKSClient;
  iam: IAMClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  close(): void;
};

export type AwsOptions = {
  region: string;
  /** Empty: AWS itself. */
  endpointUrl: string;
  /** EKS Pod Identity: where, and the projected token by which it knows the service account. */
  podIdentity: { credentialsUri: string; tokenFile: string };
  dispatcher: Dispatcher;
  clock: Clock;
};

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };

/** The runner's own role by EKS Pod Identity, and nothing else: no profile, no environment, no metadata service is looked at. */
export function createAwsClients(options: AwsOptions): AwsClients {
  const settings = {
    region: options.region,
    credentials: podIdentityCredentials(options),
    requestHandler: dialedHandler(options.dispatcher),
    ...(options.endpointUrl === '' ? {} : { endpoint: options.endpointUrl }),
  };
  const clients = {
    ecr: new ECRClient(settings),
    eks: new EKSClient(settings),
    iam: new IAMClient(settings),
    // One fixed endpoint serves all buckets by path; AWS itself by host name.
    s3: new S3Client({ ...settings, forcePathStyle: options.endpointUrl !== '' }),
    secrets: new SecretsManagerClient(settings),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

const answerSchema = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string().min(1),
  Expiration: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});
const limit = { bytes: 64 * 1024, depth: 4 };

/** The SDK asks again this long before an expiry. */
const sdkMarginMs = 300_000;
/** Sessions end with their role, and one made anew under its name has others: the agent on the node knows, and is near. */
const askAgainMs = 15_000;

/**
 * Asks the Pod Identity agent with the token as it is now: the kubelet renews the file. The expiry is the SDK's cue to ask again, so it
 * never hears of one far away.
 */
export function podIdentityCredentials(options: AwsOptions): () => Promise<Credentials> {
  const url = new URL(options.podIdentity.credentialsUri);
  return async () => {
    try {
      const authorization = (await readFile(options.podIdentity.tokenFile, 'utf8')).trim();
      const response = await options.dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { authorization, accept: 'application/json' },
        signal: AbortSignal.timeout(10_000),
      });
      const body = Buffer.from(await response.body.arrayBuffer());
      if (response.statusCode !== 200) {
        const said = body.subarray(0, 400).toString('utf8');
        throw new LandfallError('LF-RUNNER-069', `the Pod Identity agent answered ${response.statusCode}: ${said}`);
      }
      const answer = parseJson(body, answerSchema, "the Pod Identity agent's answer", limit);
      return {
        accessKeyId: answer.AccessKeyId,
        secretAccessKey: answer.SecretAccessKey,
        sessionToken: answer.Token,
        expiration: new Date(
          Math.min(answer.Expiration.getTime(), options.clock.now().getTime() + sdkMarginMs + askAgainMs),
        ),
      };
    } catch (cause) {
      const message = `there are no AWS credentials from ${url.origin}: ${cause instanceof LandfallError ? cause.message : describeError(cause)}`;
      throw new LandfallError('LF-RUNNER-069', message, { cause, temporary: true });
    }
  };
}

/** Every host AWS is reached at. */
export function awsHosts(options: {
  region: string;
  endpointUrl: string;
  credentialsUri: string;
  bucket: string;
}): string[] {
  const agent = new URL(options.credentialsUri).host;
  if (options.endpointUrl !== '') return [agent, new URL(options.endpointUrl).host];
  const { region } = options;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return [
    agent,
    `api.ecr.${region}.${domain}`,
    `eks.${region}.${domain}`,
    'iam.amazonaws.com',
    `iam.${region}.${domain}`,
    'iam.cn-north-1.amazonaws.com.cn',
    'iam.us-gov.amazonaws.com',
    `${options.bucket}.s3.${region}.${domain}`,
    `s3.${region}.${domain}`,
    `secretsmanager.${region}.${domain}`,
  ];
}
