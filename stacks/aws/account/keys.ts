/* oxlint-disable no-new -- a construct adds itself to its scope */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import type { TerraformStack } from 'cdktf';
import { called, onlyIf, text } from '../expressions.ts';

/**
 * Two keys of the customer's: one for states, one for the cluster's secrets; not made where the customer names one. The keys'
 * own policy is AWS's default: IAM decides.
 */
export function addKeys(stack: TerraformStack): { locals: Record<string, string> } {
  const add = (kind: 'state' | 'cluster', description: string): void => {
    const made = `var.${kind}_kms_key_arn == ""`;
    const key = new KmsKey(stack, `key-${kind}`, {
      description: `\${local.prefix}: ${description}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    onlyIf(made, called(kind, key));
    const alias = new KmsAlias(stack, `alias-${kind}`, {
      name: `alias/\${local.prefix}-${kind}`,
      targetKeyId: text(`aws_kms_key.${kind}[0].key_id`),
    });
    onlyIf(made, alias);
  };
  add('state', 'Terraform states');
  add('cluster', 'secrets of the cluster');
  return {
    locals: {
      state_key_arn: 'var.state_kms_key_arn == "" ? one(aws_kms_key.state[*].arn) : var.state_kms_key_arn',
      cluster_key_arn: 'var.cluster_kms_key_arn == "" ? one(aws_kms_key.cluster[*].arn) : var.cluster_kms_key_arn',
    },
  };
}
