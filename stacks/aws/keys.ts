/* oxlint-disable no-new -- a construct adds itself to its scope */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import type { TerraformStack } from 'cdktf';
import type { InstallNames, Place } from '../names.ts';

/** Two keys of the customer's: one for states, one for the cluster's secrets. Who may use them is said in the role policies. */
export function addKeys(stack: TerraformStack, place: Place, names: InstallNames): Record<'state' | 'cluster', KmsKey> {
  const add = (kind: 'state' | 'cluster', description: string): KmsKey => {
    const key = new KmsKey(stack, kind, {
      description: `${names.prefix}: ${description}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: keyPolicy(place, names),
    });
    new KmsAlias(stack, `alias-${kind}`, { name: names.keyAliases[kind], targetKeyId: key.keyId });
    return key;
  };
  return { state: add('state', 'Terraform states'), cluster: add('cluster', 'secrets of the cluster') };
}

function keyPolicy(place: Place, names: InstallNames): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AccountDecidesByIam',
        Effect: 'Allow',
        Principal: { AWS: `arn:${names.partition}:iam::${place.accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}
