import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../contract/index.ts';
import type { AwsCredentials } from '../context.ts';

/**
 * A token for the cluster's API: a presigned STS GetCallerIdentity with the cluster's name among the signed headers, as
 * `aws eks get-token` makes it. EKS accepts it for 15 minutes. Nothing is sent to AWS here.
 */
export async function createEksToken(options: {
  clock: Clock;
  clusterName: string;
  region: string;
  credentials: AwsCredentials;
  awsEndpointUrl?: string;
}): Promise<string> {
  const url = new URL(options.awsEndpointUrl ?? `https://sts.${options.region}.amazonaws.com`);
  const signer = new SignatureV4({
    credentials: options.credentials,
    region: options.region,
    service: 'sts',
    sha256: Sha256,
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.host, 'x-k8s-aws-id': options.clusterName },
    },
    {
      expiresIn: 60,
      signingDate: options.clock.now(),
      // Signed, not hoisted into the query: the cluster's side sends it again as a header.
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
    },
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) query.append(name, each);
  }
  // STS wants %20, never "+".
  const text = `${url.protocol}//${url.host}/?${query.toString().replaceAll('+', '%20')}`;
  return `k8s-aws-v1.${Buffer.from(text).toString('base64url')}`;
}
