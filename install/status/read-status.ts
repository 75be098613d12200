import { DescribeImagesCommand, type ECRClient } from '@aws-sdk/client-ecr';
import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  type EKSClient,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { GetRoleCommand, type IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import { installNames, runnerIdentity, stateKeys } from '../../stacks/index.ts';
import type { BaseRequest } from '../base.ts';
import type { AwsCredentials, InstallContext } from '../context.ts';
import { refusalOf } from '../aws-error.ts';
import { confirmAccount } from '../identity.ts';
import { lockOf, type LockHolder } from '../stack/explain-lock.ts';
import { type AccountClients, openClients } from '../teardown/account-clients.ts';
import { listKeys, readObject } from '../teardown/bucket.ts';
import { findProductStates } from '../teardown/product-states.ts';
import { thingsInState } from '../teardown/state-things.ts';
import { decideStage, type Stage } from './decide-stage.ts';

export type RoleStatus = { role: string; name: string; state: 'present' | 'denied' | 'absent' };
export type StackStatus = { things: number; changedAt: string | null } | null;

export type InstallStatus = {
  install: string;
  account: string;
  region: string;
  by: string;
  stage: Stage;
  /** Null: its state is not in the bucket. */
  accountStack: StackStatus;
  baseStack: StackStatus;
  roles: RoleStatus[];
  cluster: { name: string; status: string; version: string; nodeGroups: string[] } | null;
  runner: { identity: boolean; image: string | null };
  /** Whether the install role may still enter the cluster. */
  installEntry: boolean;
  product: { component: string; things: number; changedAt: string | null }[];
  locks: LockHolder[];
};

export type StatusRequest = { inputs: BaseRequest['inputs']; credentials: AwsCredentials };

/** How far an install is, as the account shows it now. Reads only, and holds no lock. */
export async function readStatus(context: InstallContext, request: StatusRequest): Promise<InstallStatus> {
  const { inputs, credentials } = request;
  const { installId, accountId, region } = inputs;
  const names = installNames(inputs);
  const { arn } = await confirmAccount(context, inputs, credentials);
  const clients = openClients(context, region, credentials);
  try {
    const changed = new Map(
      (await listKeys(clients.s3, names.stateBucket, '')).map(({ key, changed: at }) => [
        key,
        at?.toISOString() ?? null,
      ]),
    );
    const [accountStack, baseStack, roles, cluster, identity, image, installEntry, products, locks] = await Promise.all(
      [
        stackStatus(clients, names.stateBucket, stateKeys.account, changed),
        stackStatus(clients, names.stateBucket, stateKeys.base, changed),
        roleStatus(clients.iam, names),
        clusterStatus(clients.eks, names.cluster),
        hasIdentity(clients.eks, names.cluster),
        newestImage(clients.ecr, `${names.prefix}/landfall/runner`),
        hasEntry(clients.eks, names.cluster, names.roles.install.arn),
        findProductStates(clients.s3, names.stateBucket),
        Promise.all(
          [...changed.keys()]
            .filter((key) => key.endsWith('.tflock'))
            .map(async (key) => lockOf(key, await readObject(clients.s3, names.stateBucket, key))),
        ),
      ],
    );
    const stateOf = (role: string): RoleStatus['state'] => roles.find((each) => each.role === role)?.state ?? 'absent';
    return {
      install: installId,
      account: accountId,
      region,
      by: arn,
      stage: decideStage({
        account: accountStack?.things ?? null,
        base: baseStack?.things ?? null,
        runnerImage: image !== null,
        installRole: stateOf('install'),
        installEntry,
        teardownRole: stateOf('teardown') !== 'absent',
      }),
      accountStack,
      baseStack,
      roles,
      cluster,
      runner: { identity, image },
      installEntry,
      product: products.map(({ component, key, things }) => ({
        component,
        things: things.length,
        changedAt: changed.get(key) ?? null,
      })),
      locks: locks.flatMap((lock) => lock ?? []),
    };
  } finally {
    await clients.close();
  }
}

async function stackStatus(
  { s3 }: AccountClients,
  bucket: string,
  key: string,
  changed: ReadonlyMap<string, string | null>,
): Promise<StackStatus> {
  if (!changed.has(key)) return null;
  const raw = await readObject(s3, bucket, key);
  return raw === undefined ? null : { things: thingsInState(raw, key).length, changedAt: changed.get(key) ?? null };
}

async function roleStatus(iam: IAMClient, names: ReturnType<typeof installNames>): Promise<RoleStatus[]> {
  return Promise.all(
    Object.entries(names.roles).map(async ([role, { name }]) => {
      const found = await absent(iam.send(new GetRoleCommand({ RoleName: name })));
      if (found === undefined) return { role, name, state: 'absent' as const };
      const attached = await absent(iam.send(new ListAttachedRolePoliciesCommand({ RoleName: name })));
      const denied = attached?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === names.endedPolicyArn) === true;
      return { role, name, state: denied ? ('denied' as const) : ('present' as const) };
    }),
  );
}

async function clusterStatus(eks: EKSClient, name: string): Promise<InstallStatus['cluster']> {
  const found = await absent(eks.send(new DescribeClusterCommand({ name })));
  if (found?.cluster === undefined) return null;
  const groups = await absent(eks.send(new ListNodegroupsCommand({ clusterName: name })));
  const { status = '', version = '' } = found.cluster;
  return { name, status, version, nodeGroups: groups?.nodegroups ?? [] };
}

async function hasIdentity(eks: EKSClient, clusterName: string): Promise<boolean> {
  const ask = new ListPodIdentityAssociationsCommand({ clusterName, ...runnerIdentity });
  return ((await absent(eks.send(ask)))?.associations ?? []).length > 0;
}

async function hasEntry(eks: EKSClient, clusterName: string, principalArn: string): Promise<boolean> {
  return (await absent(eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn })))) !== undefined;
}

/** Its digest. */
async function newestImage(ecr: ECRClient, repositoryName: string): Promise<string | null> {
  const { imageDetails = [] } = (await absent(ecr.send(new DescribeImagesCommand({ repositoryName })))) ?? {};
  const byDate = imageDetails.toSorted((a, b) => Number(b.imagePushedAt ?? 0) - Number(a.imagePushedAt ?? 0));
  return byDate[0]?.imageDigest ?? null;
}

async function absent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const name = refusalOf(error)?.name ?? '';
    if (/NotFound|NoSuchEntity/.test(name)) return undefined;
    throw error;
  }
}
