import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { EKSClient } from '@aws-sdk/client-eks';
import { S3Client } from '@aws-sdk/client-s3';
import { awsInstallRoleAccess, s3StateAccess } from '../../runner/testing/ending-parts.ts';
import { installNames } from '../../stacks/index.ts';
import type { RecordedAccount, RecordedInstall } from './recorded-account.ts';
import { runnerSession } from '../../dev/cloud/testing/runner-session.ts';

/** What the runner does at the end, by its own hands and under its own role: every step of it once. */
export async function endInstallAccess(account: RecordedAccount, { place, values }: RecordedInstall): Promise<void> {
  const names = installNames({ ...place, clusterName: values.cluster });
  // Somebody's inline policy: it goes too.
  await new IAMClient(account.admin).send(
    new PutRolePolicyCommand({
      RoleName: names.roles.install.name,
      PolicyName: 'left-over',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }],
      }),
    }),
  );
  const config = account.as(await runnerSession(account));
  const access = awsInstallRoleAccess({
    eks: new EKSClient(config),
    iam: new IAMClient(config),
    cluster: names.cluster,
    installRole: names.roles.install,
    endedPolicyArn: names.endedPolicyArn,
  });
  const { signal } = new AbortController();
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3StateAccess({ s3, bucket: names.stateBucket, holder: 'test' }).proveReadAndLock(signal);
  if (await access.hasAccessEntry(signal)) await access.deleteAccessEntry(signal);
  const role = await access.readRole(signal);
  await access.denyEverything(signal);
  for (const policy of role?.attachedPolicies ?? []) await access.detachPolicy(policy, signal);
  for (const policy of role?.inlinePolicies ?? []) await access.deleteInlinePolicy(policy, signal);
  await access.liftDenial(signal);
  await access.deleteRole(signal);
}
