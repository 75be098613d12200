import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateVpcCommand, CreateSubnetCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import { createGroupGuard, createProcessRunner } from '../../engines/index.ts';
import { assumeInstallRole, installAccount, installBase, type InstallContext } from '../index.ts';
import { readStatus } from '../status/read-status.ts';
import { openClients, type AccountClients } from './account-clients.ts';
import { planTeardown } from './plan-teardown.ts';
import type { Receipt } from './receipt.ts';
import type { TeardownRequest } from './request.ts';
import { destroyInstall } from './teardown.ts';
import { plantControllerThings } from './testing/plant.ts';

const engines = await requireEngines('moto', 'registry', 'aws-provider', 'tofu', 'helm');
const externalId = 'a-random-external-id-0123456789';

describe.skipIf(!engines.available)('a teardown', () => {
  let account: OpenAccount;
  let dir: string;
  let context: InstallContext;
  let admin: AccountClients;
  let request: TeardownRequest;
  let planted: { kind: string; id: string }[];
  let foreign: { kind: string; id: string }[];
  let receipt: Receipt;
  let crashAt: string | undefined;
  const guard = createGroupGuard();

  beforeAll(async () => {
    account = await openAccount();
    dir = await mkdtemp(join(tmpdir(), 'lf-teardown-'));
    const { cloud } = account;
    context = {
      clock: systemClock,
      runProcess: createProcessRunner({ clock: systemClock, guard }),
      say: ({ text }) => {
        if (crashAt === undefined || !text.startsWith(crashAt)) return;
        const at = crashAt;
        crashAt = undefined;
        throw new Error(`killed at ${at}`);
      },
      engines: { tofu: engines.path('tofu'), helm: engines.path('helm') },
      providerMirror: engines.path('aws-provider'),
      workDir: dir,
      awsEndpointUrl: cloud.endpoint,
    };
    const place = { installId: 'gone', accountId: cloud.accountId, region: cloud.region };
    const credentials = cloud.people.customerAdmin;
    const accountInputs = {
      ...place,
      installPrincipal: { kind: 'vendor', arn: cloud.people.vendorInstaller.arn, externalId },
      installExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    } as const;
    request = { account: accountInputs, base: place, credentials, keep: [], product: 'keep', waitMs: 1 };
    await installAccount(context, { inputs: accountInputs, credentials });
    const vendor = { credentials: cloud.people.vendorInstaller, externalId };
    const session = await assumeInstallRole(context, { ...place, ...vendor });
    const { outputs } = await installBase(context, { inputs: place, session });
    admin = openClients(context, place.region, credentials);
    const zone = `${place.region}a`;
    const { vpcId, privateSubnetIds: subnetIds } = outputs;
    planted = await plantControllerThings(admin, { cluster: outputs.clusterName, vpcId, subnetIds, zone });
    await admin.ecr.send(new CreateRepositoryCommand({ repositoryName: 'lf-gone/product/gateway' }));
    // Somebody else's cluster in the same account, whose name begins as ours does.
    const other = await admin.ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
    const subnets = await Promise.all(
      ['a', 'b'].map(async (suffix, i) => {
        const where = { VpcId: other.Vpc?.VpcId, CidrBlock: `10.1.${i}.0/24`, AvailabilityZone: place.region + suffix };
        return (await admin.ec2.send(new CreateSubnetCommand(where))).Subnet?.SubnetId ?? '';
      }),
    );
    const theirs = { cluster: 'lf-gone-not', vpcId: other.Vpc?.VpcId ?? '', subnetIds: subnets, zone };
    foreign = await plantControllerThings(admin, theirs);
  });
  afterAll(async () => {
    guard.stop();
    await admin?.close();
    await account?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('is planned without a single write, and names everything it would delete', async () => {
    const before = account.cloud.recording().length;
    const plan = await planTeardown(context, request);
    const writes = account.cloud
      .recording()
      .slice(before)
      .filter(({ action }) => !/^(Get|List|Describe|Head|BatchGet)/.test(action));
    expect(writes).toEqual([]);
    const named = plan.steps.flatMap(({ things }) => things.map(({ id }) => id));
    for (const { kind, id } of planted) if (kind !== 'snapshot') expect(named).toContain(id);
    expect(named.filter((id) => foreign.some((each) => each.id === id))).toEqual([]);
    expect(named.some((id) => id.endsWith('repository/lf-gone/product/gateway'))).toBe(true);
  });

  it('crashed at one step after the other, goes on each time', async () => {
    for (const step of ['nodes', 'network', 'account: its state']) {
      crashAt = step;
      await expect(destroyInstall(context, request)).rejects.toThrow(`killed at ${step}`);
      if (step === 'network') {
        const status = await readStatus(context, { inputs: request.base, credentials: request.credentials });
        expect(status.stage).toBe('teardown');
      }
    }
    receipt = await destroyInstall(context, request);
  }, 900_000);

  it('leaves a receipt that names what every run deleted, in the order in which AWS lets go', () => {
    const deleted = receipt.deleted.map(({ id }) => id);
    const things = receipt.deleted.map(({ kind, id }) => `${kind} ${id}`);
    expect(new Set(things).size).toBe(things.length);
    for (const { kind, id } of planted) if (kind !== 'snapshot') expect(deleted).toContain(id);
    const first = (kind: string): number => receipt.deleted.findIndex((thing) => thing.kind === kind);
    const last = (kind: string): number => receipt.deleted.findLastIndex((thing) => thing.kind === kind);
    expect(last('load-balancer')).toBeLessThan(first('aws_eks_cluster'));
    expect(last('aws_ecr_repository')).toBeLessThan(first('aws_eks_cluster'));
    expect(last('aws_eks_cluster')).toBeLessThan(first('aws_vpc'));
    expect(last('aws_vpc')).toBeLessThan(first('aws_s3_bucket'));
    const kinds = ['aws_eks_node_group', 'aws_nat_gateway', 'aws_iam_role', 'volume'];
    expect(kinds.filter((kind) => first(kind) === -1)).toEqual([]);
  });

  it('names the snapshot that it leaves, and the keys that wait for their end', async () => {
    const snapshot = planted.find(({ kind }) => kind === 'snapshot')?.id ?? '';
    expect(receipt.scan.found.map(({ id }) => id)).toEqual([snapshot]);
    expect(receipt.scan.pending.map(({ kind }) => kind)).toEqual(['key', 'key']);
    expect(receipt.scan.notVisible).toEqual([]);
    expect(receipt.clean).toBe(false);
    const written = await readFile(join(dir, 'teardown', 'receipt.txt'), 'utf8');
    expect(written).toContain(snapshot);
  });

  it('left nothing but bystanders, as somebody sees who asks moto itself', async () => {
    const { Vpcs = [] } = await admin.ec2.send(new DescribeVpcsCommand({}));
    expect(Vpcs.filter(({ IsDefault }) => IsDefault !== true).map(({ CidrBlock }) => CidrBlock)).toEqual([
      '10.1.0.0/16',
    ]);
    const status = await readStatus(context, { inputs: request.base, credentials: request.credentials });
    expect(status.stage).toBe('absent');
    const left = await planTeardown(context, {
      ...request,
      base: { ...request.base, namePrefix: 'lf-gone-not' },
    });
    expect(left.steps.flatMap(({ things }) => things.map(({ id }) => id)).toSorted()).toEqual(
      foreign
        .filter(({ kind }) => kind !== 'snapshot')
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('had no call refused', () => {
    const refused = account.cloud.recording().filter((call) => call.denied !== undefined);
    expect(refused.map(({ action, denied }) => `${action}: ${denied}`)).toEqual([]);
  });
});
