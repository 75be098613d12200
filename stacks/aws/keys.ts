/* oxlint-disable no-new -- a construct adds itself to its scope */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import type { TerraformStack } from 'cdktf';
import type { InstallNames } from '../names.ts';

/** Two keys of the customer's: one for states, one for the cluster's secrets. The keys' own policy is AWS's default: IAM decides. */
export function addKeys(stack: TerraformStack, names: InstallNames): Record<'state' | 'cluster', KmsKey> {
  const add = (kind: 'state' | 'cluster', description: string): KmsKey => {
    const key = new KmsKey(stack, kind, {
      description: `${names.prefix}: ${description}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    new KmsAlias(stack, `alias-${kind}`, { name: names.keyAliases[kind], targetKeyId: key.keyId });
    return key;
  };
  return { state: add('state', 'Terraform states'), cluster: add('cluster', 'secrets of the cluster') };
}
