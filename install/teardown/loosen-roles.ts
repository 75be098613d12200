import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { refusalOf } from '../aws-error.ts';
import type { Thing } from './receipt.ts';

/** Names of the roles among things of a state. */
export function rolesAmong(things: readonly Thing[]): string[] {
  return things.flatMap(({ kind, id }) => (kind === 'aws_iam_role' ? (id.split('/').at(-1) ?? []) : []));
}

/**
 * Takes from roles what somebody else put on them: IAM deletes no role that has a policy, and Terraform takes away only its own.
 * The runner puts a denial on the install role (its ending), the customer may have put anything.
 */
export async function loosenRoles(iam: IAMClient, names: readonly string[]): Promise<void> {
  for (const RoleName of names) {
    try {
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      for (const { PolicyArn } of AttachedPolicies)
        await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
      for (const { InstanceProfileName } of InstanceProfiles)
        await iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName }));
    } catch (error) {
      if (refusalOf(error)?.name !== 'NoSuchEntityException') throw error;
    }
  }
}
