import type { JsonObject, Permission } from '../../../contract/index.ts';
import { ref, sub, type Template } from '../template.ts';
import { bucketResources, keyResources } from './keys-and-bucket.ts';
import { type AccountDefaults, accountConditions, accountParameters, accountRules } from './parameters.ts';
import { clusterKeyArn, stateKeyArn } from './policy-documents.ts';
import { roleParts } from './roles.ts';

const roleArn = (kind: string): JsonObject =>
  sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/\${NamePrefix}-${kind}`);

/**
 * The account stack for CloudFormation: what stacks/aws/account makes by Terraform, from the same statements. It stays; its
 * parameter InstallAccess decides whether the install role exists.
 */
export function accountTemplate(defaults: AccountDefaults, permissions: readonly Permission[]): Template {
  const roles = roleParts(permissions);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Landfall account: state bucket, keys, roles, and the boundary over them. Stays as long as the install does; InstallAccess = closed takes the install role away.',
    Parameters: accountParameters(defaults),
    Rules: accountRules,
    Conditions: { ...accountConditions, ...roles.conditions },
    Resources: { ...keyResources(), ...bucketResources(), ...roles.resources },
    Outputs: {
      StateBucket: { Description: 'Where the Terraform states are', Value: ref('StateBucket') },
      StateKeyArn: { Description: 'The key of the states', Value: stateKeyArn },
      ClusterKeyArn: { Description: "The key of the cluster's secrets", Value: clusterKeyArn },
      InstallRoleArn: {
        Description: 'The one-time install role',
        Condition: 'InstallOpen',
        Value: roleArn('install'),
      },
      RunnerRoleArn: { Description: "The runner's role", Value: roleArn('runner') },
      UpgradeRoleArn: {
        Description: 'What the runner becomes for an upgrade of the base layer',
        Value: roleArn('upgrade'),
      },
    },
  };
}
