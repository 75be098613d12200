import { DeleteAccessEntryCommand, DescribeAccessEntryCommand, type EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { InstallRoleAccess } from './access.ts';

export type AwsAccessOptions = {
  eks: EKSClient;
  iam: IAMClient;
  cluster: string;
  installRole: { name: string; arn: string };
  /** Of `<prefix>-ended`, which the account stack made: Deny * on *. */
  endedPolicyArn: string;
};

/** Reaches exactly one role, the configured one; no name comes from anywhere else. */
export function awsInstallRoleAccess(options: AwsAccessOptions): InstallRoleAccess {
  const { eks, iam, installRole, endedPolicyArn } = options;
  const entry = { clusterName: options.cluster, principalArn: installRole.arn };
  const role = { RoleName: installRole.name };
  const on = (abortSignal: AbortSignal) => ({ abortSignal });
  return {
    hasAccessEntry: async (signal) =>
      (await absentIs(null, eks.send(new DescribeAccessEntryCommand(entry), on(signal)))) !== null,
    deleteAccessEntry: async (signal) => {
      await absentIs(null, eks.send(new DeleteAccessEntryCommand(entry), on(signal)));
    },
    readRole: async (signal) => {
      const found = await absentIs(null, iam.send(new GetRoleCommand(role), on(signal)));
      if (found === null) return null;
      const attached = await all((Marker) =>
        iam.send(new ListAttachedRolePoliciesCommand({ ...role, Marker }), on(signal)),
      );
      const inline = await all((Marker) => iam.send(new ListRolePoliciesCommand({ ...role, Marker }), on(signal)));
      const arns = attached.flatMap((page) => page.AttachedPolicies ?? []).flatMap((each) => each.PolicyArn ?? []);
      return {
        roleId: found.Role?.RoleId ?? '',
        denied: arns.includes(endedPolicyArn),
        attachedPolicies: arns.filter((arn) => arn !== endedPolicyArn),
        inlinePolicies: inline.flatMap((page) => page.PolicyNames ?? []),
      };
    },
    denyEverything: async (signal) => {
      await iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn: endedPolicyArn }), on(signal));
    },
    liftDenial: async (signal) => {
      await absentIs(null, iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn: endedPolicyArn }), on(signal)));
    },
    detachPolicy: async (PolicyArn, signal) => {
      await absentIs(null, iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn }), on(signal)));
    },
    deleteInlinePolicy: async (PolicyName, signal) => {
      await absentIs(null, iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName }), on(signal)));
    },
    deleteRole: async (signal) => {
      await absentIs(null, iam.send(new DeleteRoleCommand(role), on(signal)));
    },
  };
}

async function all<Page extends { Marker?: string | undefined; IsTruncated?: boolean | undefined }>(
  read: (marker: string | undefined) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let marker: string | undefined;
  do {
    const page = await read(marker);
    pages.push(page);
    marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (marker !== undefined);
  return pages;
}

/** Gone already is what was wanted. */
async function absentIs<T, A>(absent: A, call: Promise<T>): Promise<T | A> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && ['NoSuchEntityException', 'ResourceNotFoundException'].includes(error.name))
      return absent;
    throw error;
  }
}
