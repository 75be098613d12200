import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { World } from '../../../dev/world/index.ts';

/** Deletes a role as the customer's admin; what comes back makes it anew, with the same trust and policies. */
export async function deleteRole(world: World, name: string): Promise<() => Promise<void>> {
  const { endpoint, region, people } = world.cloud;
  const iam = new IAMClient({ endpoint, region, credentials: people.customerAdmin });
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: name }));
  const { AttachedPolicies: policies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
  for (const { PolicyArn } of policies) await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName: name }));
  return async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''),
        PermissionsBoundary: role?.PermissionsBoundary?.PermissionsBoundaryArn,
      }),
    );
    for (const { PolicyArn } of policies) await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    iam.destroy();
  };
}

/** Makes a role that one principal may assume, as the customer's admin; what comes back deletes it. */
export async function makeRole(world: World, name: string, principal: string): Promise<() => Promise<void>> {
  const { endpoint, region, people } = world.cloud;
  const iam = new IAMClient({ endpoint, region, credentials: people.customerAdmin });
  const Statement = [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  return async () => {
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
    iam.destroy();
  };
}
