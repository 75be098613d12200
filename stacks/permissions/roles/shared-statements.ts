import { stateKeys } from '../../names.ts';
import { stateBucket } from '../arns.ts';
import type { Phase } from '../phase.ts';
import type { Conditions, Statement } from '../statement.ts';

export const installTag = 'landfall:install';

/** A thing that is made must carry the install's tag from its first moment. */
export const taggedAsOurs: Conditions = { StringEquals: { [`aws:RequestTag/${installTag}`]: '${install}' } };

/** Only things that carry the install's tag. */
export const onlyOurs: Conditions = { StringEquals: { [`aws:ResourceTag/${installTag}`]: '${install}' } };

/** What Terraform needs to keep the base stack's state: the same for everybody who applies it. */
export function baseState(phases: readonly Phase[]): Statement[] {
  return [
    {
      sid: 'ListStateBucket',
      effect: 'Allow',
      actions: ['s3:ListBucket'],
      resources: [stateBucket],
      reason: 'Terraform asks whether a state is there',
      phases,
    },
    {
      sid: 'BaseState',
      effect: 'Allow',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${stateBucket}/${stateKeys.base}`, `${stateBucket}/${stateKeys.base}.tflock`],
      reason: "Reads and writes the state of the base stack and its lock, not the account's and not the product's",
      phases,
    },
    {
      sid: 'BaseStateUnlock',
      effect: 'Allow',
      actions: ['s3:DeleteObject'],
      resources: [`${stateBucket}/${stateKeys.base}.tflock`],
      reason: 'Gives the lock back; the bucket keeps every version',
      phases,
    },
    stateKey(phases),
  ];
}

export function stateKey(phases: readonly Phase[]): Statement {
  return {
    sid: 'StateKey',
    effect: 'Allow',
    actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
    resources: ['${state-key}'],
    reason: 'The states are encrypted with this key; no other key can be used to decrypt',
    phases,
  };
}

export function registryLogin(phases: readonly Phase[]): Statement {
  return {
    sid: 'RegistryLogin',
    effect: 'Allow',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
    reason: 'The registry login; the call has no resource-level rights',
    phases,
  };
}
