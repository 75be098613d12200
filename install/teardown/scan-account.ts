import { type EC2Client, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { type EKSClient, paginateListClusters } from '@aws-sdk/client-eks';
import { type IAMClient, paginateListPolicies, paginateListRoles } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, type KMSClient, ListResourceTagsCommand, paginateListKeys } from '@aws-sdk/client-kms';
import { ListBucketsCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { parseJson } from '../../contract/index.ts';
import { type installNames, roleKinds } from '../../stacks/index.ts';
import { refusalOf } from '../aws-error.ts';
import { findByEc2Tag } from './ec2-by-tag.ts';
import { findRepositories } from './registry.ts';
import type { Found, Thing } from './receipt.ts';
import type { SignedCaller } from './signed-call.ts';
import { findControllerThings } from './sweep.ts';

export type ScanParts = {
  names: ReturnType<typeof installNames>;
  installId: string;
  /** Null: the cluster is the customer's, and so is what its controllers made. */
  cluster: string | null;
  ec2: EC2Client;
  ecr: ECRClient;
  eks: EKSClient;
  iam: IAMClient;
  kms: KMSClient;
  s3: S3Client;
  caller: SignedCaller;
};

const tagKey = 'landfall:install';

export type Scan = { found: Found[]; pending: Found[]; notVisible: string[] };

/**
 * What the account still shows of an install, looked up in each service by tag, by name and by what controllers mark. It reads
 * nothing that the teardown wrote down. A service that refuses to answer is named: then the look was not whole.
 */
export async function scanAccount(parts: ScanParts): Promise<Scan> {
  const scan: Scan = { found: [], pending: [], notVisible: [] };
  const places: [string, () => Promise<void>][] = [
    ['ec2', async () => add(scan, await findByEc2Tag(parts.ec2, tagKey, parts.installId), 'its tag')],
    ['ec2 snapshots', () => snapshots(parts, scan)],
    ['load balancers, volumes, network interfaces', () => ofControllers(parts, scan)],
    ['ecr', async () => add(scan, await findRepositories(parts.ecr, parts.names.prefix), 'its name')],
    ['eks', () => clusters(parts, scan)],
    ['iam', () => rolesAndPolicies(parts, scan)],
    ['kms', () => keys(parts, scan)],
    ['s3', () => buckets(parts, scan)],
    ['logs', () => logGroups(parts, scan)],
    ['resource groups tagging', () => byTag(parts, scan)],
  ];
  for (const [place, look] of places) {
    try {
      await look();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined || refusal.status === undefined || refusal.status >= 500) throw error;
      scan.notVisible.push(`${place}: ${refusal.name}: ${refusal.message}`);
    }
  }
  return scan;
}

/** A thing is named once, by the first place that showed it. */
function add(scan: Scan, things: readonly Thing[], why: string): void {
  for (const { kind, id } of things) {
    if (![...scan.found, ...scan.pending].some((known) => isSame(known.id, id))) scan.found.push({ kind, id, why });
  }
}

/** `vpc-1` and `arn:aws:ec2:...:vpc/vpc-1` are one thing. */
export function isSame(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short === long || (long.startsWith('arn:') && [`/${short}`, `:${short}`].some((end) => long.endsWith(end)));
}

async function snapshots({ ec2, cluster, installId }: ScanParts, scan: Scan): Promise<void> {
  const tags = [
    `tag:landfall:install=${installId}`,
    ...(cluster === null ? [] : [`tag:kubernetes.io/cluster/${cluster}=owned`]),
  ];
  for (const tag of tags) {
    const at = tag.lastIndexOf('=');
    const filter = { OwnerIds: ['self'], Filters: [{ Name: tag.slice(0, at), Values: [tag.slice(at + 1)] }] };
    for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client: ec2 }, filter)) {
      const things = Snapshots.map(({ SnapshotId = '' }) => ({ kind: 'snapshot', id: SnapshotId }));
      add(scan, things, 'a snapshot is a backup: delete it yourself when nobody needs it');
    }
  }
}

async function ofControllers({ cluster, caller, ec2 }: ScanParts, scan: Scan): Promise<void> {
  if (cluster === null) return;
  add(scan, await findControllerThings({ caller, ec2, cluster }), `a controller of cluster ${cluster} made it`);
}

async function clusters({ eks, names }: ScanParts, scan: Scan): Promise<void> {
  for await (const { clusters: list = [] } of paginateListClusters({ client: eks }, {})) {
    const ours = list.filter((name) => name === names.prefix);
    add(
      scan,
      ours.map((id) => ({ kind: 'cluster', id })),
      'its name',
    );
  }
}

const parts = [...roleKinds, 'boundary', 'bootstrap', 'ended', 'limits', 'product'].join('|');

/** Whether a role or policy is named as this install's are. `lf-a-b-runner` is install `a-b`'s, not `a`'s. */
export function isNamedAsOurs(name: string | undefined, prefix: string): boolean {
  if (name?.startsWith(`${prefix}-`) !== true) return false;
  return new RegExp(`^(?:${parts})(?:-|$)`).test(name.slice(prefix.length + 1));
}

async function rolesAndPolicies({ iam, names }: ScanParts, scan: Scan): Promise<void> {
  const isOurs = (name: string | undefined): boolean => isNamedAsOurs(name, names.prefix);
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
    const ours = Roles.filter(({ RoleName }) => isOurs(RoleName));
    add(
      scan,
      ours.map(({ Arn = '' }) => ({ kind: 'role', id: Arn })),
      'its name',
    );
  }
  for await (const { Policies = [] } of paginateListPolicies({ client: iam }, { Scope: 'Local' })) {
    const ours = Policies.filter(({ PolicyName }) => isOurs(PolicyName));
    add(
      scan,
      ours.map(({ Arn = '' }) => ({ kind: 'policy', id: Arn })),
      'its name',
    );
  }
}

/** A deleted key stays for its waiting time (30 days), so that a mistake can be taken back. */
async function keys({ kms, installId }: ScanParts, scan: Scan): Promise<void> {
  for await (const { Keys = [] } of paginateListKeys({ client: kms }, {})) {
    for (const { KeyId = '' } of Keys) {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
      if (KeyMetadata?.KeyManager !== 'CUSTOMER') continue;
      const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
      if (!Tags.some(({ TagKey, TagValue }) => TagKey === 'landfall:install' && TagValue === installId)) continue;
      const key = { kind: 'key', id: KeyMetadata.Arn ?? KeyId };
      if (KeyMetadata.KeyState === 'PendingDeletion') {
        const until = KeyMetadata.DeletionDate?.toISOString() ?? 'the end of its waiting time';
        scan.pending.push({ ...key, why: `deletion is scheduled for ${until}` });
      } else add(scan, [key], 'its tag landfall:install');
    }
  }
}

async function buckets({ s3, names }: ScanParts, scan: Scan): Promise<void> {
  // With the account's number: `lf-a-` begins the names of install `a-b` too.
  const prefix = names.stateBucket.replace(/state$/, '');
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({ Prefix: prefix }));
  const ours = Buckets.filter(({ Name }) => Name?.startsWith(prefix) === true);
  add(
    scan,
    ours.map(({ Name = '' }) => ({ kind: 'bucket', id: Name })),
    'its name',
  );
}

const logGroupsSchema = z.object({
  logGroups: z.array(z.object({ logGroupName: z.string(), arn: z.string().optional() })).default([]),
  nextToken: z.string().nullish(),
});
const limit = { bytes: 8_000_000, depth: 30 };

/** EKS writes on for a moment after a cluster is gone, and makes its log group again: a known habit of it. */
async function logGroups({ caller, names, cluster }: ScanParts, scan: Scan): Promise<void> {
  const prefixes = [
    `/landfall/${names.prefix}/`,
    ...(cluster === null ? [] : [`/aws/eks/${cluster}/`, `/aws/containerinsights/${cluster}/`]),
  ];
  for (const logGroupNamePrefix of prefixes) {
    let nextToken: string | undefined;
    do {
      const target = 'Logs_20140328.DescribeLogGroups';
      const body = { logGroupNamePrefix, ...(nextToken === undefined ? {} : { nextToken }) };
      const page = parseJson(await caller.json('logs', target, body), logGroupsSchema, 'the log groups', limit);
      add(
        scan,
        page.logGroups.map(({ logGroupName }) => ({ kind: 'log-group', id: logGroupName })),
        'its name',
      );
      nextToken = page.nextToken ?? undefined;
    } while (nextToken !== undefined);
  }
}

const taggedSchema = z.object({
  ResourceTagMappingList: z.array(z.object({ ResourceARN: z.string() })).default([]),
  PaginationToken: z.string().nullish(),
});

/** Kind by kind above, with their states: this call names things of EC2 for an hour after they are gone. */
function isLookedAt(arn: string): boolean {
  return /^arn:[^:]+:ec2:/.test(arn);
}

/** Whatever else bears the tag: product components of the runner among it. */
async function byTag({ caller, installId }: ScanParts, scan: Scan): Promise<void> {
  let token = '';
  do {
    const body = {
      TagFilters: [{ Key: 'landfall:install', Values: [installId] }],
      ...(token === '' ? {} : { PaginationToken: token }),
    };
    const target = 'ResourceGroupsTaggingAPI_20170126.GetResources';
    const page = parseJson(await caller.json('tagging', target, body), taggedSchema, 'the tagged resources', limit);
    const arns = page.ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN).filter((arn) => !isLookedAt(arn));
    const things = arns.map((id) => ({
      kind: id.split(':')[2] ?? 'resource',
      id,
    }));
    add(scan, things, 'its tag landfall:install');
    token = page.PaginationToken ?? '';
  } while (token !== '');
}
