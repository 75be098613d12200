import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Cloud, Credentials } from '../index.ts';

/** What `aws eks get-token` makes, with what a test wants to be wrong about it. */
export async function eksToken(
  cloud: Cloud,
  credentials: Credentials,
  change: { cluster?: string; host?: string; at?: Date } = {},
): Promise<string> {
  const url = new URL(cloud.endpoint);
  const signer = new SignatureV4({ credentials, region: 'eu-central-1', service: 'sts', sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.host, 'x-k8s-aws-id': change.cluster ?? 'one' },
    },
    { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']), signingDate: change.at ?? new Date() },
  );
  const query = new URLSearchParams(
    Object.entries(signed.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `k8s-aws-v1.${Buffer.from(`http://${change.host ?? url.host}/?${query.toString().replaceAll('+', '%20')}`).toString('base64url')}`;
}
