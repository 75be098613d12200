import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeRouteTablesCommand } from '@aws-sdk/client-ec2';
import { ListClustersCommand, ListNodegroupsCommand } from '@aws-sdk/client-eks';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { openAccount, type OpenAccount } from '../dev/cloud/testing/open-account.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createGroupGuard, createProcessRunner } from '../engines/index.ts';
import { type BaseRequest, prepareBase } from './base.ts';
import { assumeInstallRole, installAccount, installBase, type InstallContext, planBase } from './index.ts';
import { applyStack } from './stack/apply-stack.ts';
import { readStatus } from './status/read-status.ts';
import { openClients } from './teardown/account-clients.ts';
import { findByEc2Tag } from './teardown/ec2-by-tag.ts';

const engines = await requireEngines('moto', 'registry', 'aws-provider', 'tofu');
const externalId = 'a-random-external-id-0123456789';

/**
 * Each run is killed when the account has made so many things more, until one comes to its end: with 1 at every boundary there
 * is. That takes 50 runs of several seconds, so without LANDFALL_KILL_EVERY=1 it is every seventh.
 */
const everyKth = Number(process.env['LANDFALL_KILL_EVERY'] ?? '12');

/** How many things the base stack makes by calls that count here. */
const things = 45;

/** OpenTofu itself is killed, as when the machine dies: what it made in its last 20 seconds is in no state. */
describe.skipIf(!engines.available)('an install whose OpenTofu is killed', () => {
  let account: OpenAccount;
  let dir: string;
  let engine: number | undefined;
  const said: string[] = [];
  const guard = createGroupGuard();

  beforeAll(async () => {
    account = await openAccount();
    dir = await mkdtemp(join(tmpdir(), 'lf-interrupted-'));
  });
  afterAll(async () => {
    guard.stop();
    await account?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  async function contextIn(folder: string): Promise<InstallContext> {
    const runProcess = createProcessRunner({ clock: systemClock, guard });
    const workDir = join(dir, folder);
    await mkdir(workDir, { recursive: true });
    return {
      clock: systemClock,
      runProcess: (request) =>
        runProcess({
          ...request,
          onSpawn: async (child) => {
            engine = request.args[0] === 'apply' ? child.pid : undefined;
            await request.onSpawn?.(child);
          },
        }),
      say: ({ text }) => said.push(text),
      engines: { tofu: engines.path('tofu'), helm: '' },
      providerMirror: engines.path('aws-provider'),
      workDir,
      awsEndpointUrl: account.cloud.endpoint,
    };
  }

  async function begin(installId: string): Promise<{ context: InstallContext; request: BaseRequest }> {
    const place = { installId, accountId: account.cloud.accountId, region: account.cloud.region };
    const { customerAdmin, vendorInstaller } = account.cloud.people;
    const context = await contextIn(installId);
    await installAccount(context, {
      inputs: {
        ...place,
        installPrincipal: { kind: 'vendor', arn: vendorInstaller.arn, externalId },
        installExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
      credentials: customerAdmin,
    });
    const session = await assumeInstallRole(context, { ...place, credentials: vendorInstaller, externalId });
    return { context, request: { inputs: place, session } };
  }

  const made = (): number => account.cloud.recording().filter(isWrite).length;

  /** Whether it was killed; false: it came to its end before. */
  async function killAfter(more: number, run: () => Promise<unknown>): Promise<boolean> {
    const goal = made() + more;
    let killed = false;
    const watch = setInterval(() => {
      if (killed || engine === undefined || made() < goal) return;
      killed = true;
      process.kill(-engine, 'SIGKILL');
    }, 2);
    try {
      await run();
      return false;
    } catch (error) {
      if (!killed) throw error;
      return true;
    } finally {
      clearInterval(watch);
      engine = undefined;
    }
  }

  it(
    'goes on to a whole install from wherever it was killed, and nothing is made twice',
    async () => {
      const { context, request } = await begin('broken');
      let kills = 0;
      while (await killAfter(everyKth, () => installBase(context, request))) kills++;
      expect(kills).toBeGreaterThan(Math.floor(30 / everyKth) - 1);
      expect(said.some((text) => text.startsWith('made by an earlier run that was killed: '))).toBe(true);
      expect(said).toContain('released the state lock of an earlier run that was killed');
      expect(await planBase(context, request)).toMatchObject({ changed: false });

      const clients = openClients(context, account.cloud.region, account.cloud.people.customerAdmin);
      const found = await findByEc2Tag(clients.ec2, 'landfall:install', 'broken');
      const names = found.map(({ kind, name }) => `${kind} ${name}`);
      expect(names).toContain('vpc lf-broken-vpc');
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
      const tables = await clients.ec2.send(
        new DescribeRouteTablesCommand({ Filters: [{ Name: 'tag:landfall:install', Values: ['broken'] }] }),
      );
      const associations = (tables.RouteTables ?? []).flatMap(({ Associations = [] }) => Associations);
      expect(associations).toHaveLength(6);
      expect((await clients.eks.send(new ListClustersCommand({}))).clusters).toEqual(['lf-broken']);
      const groups = await clients.eks.send(new ListNodegroupsCommand({ clusterName: 'lf-broken' }));
      expect(groups.nodegroups?.toSorted()).toEqual(['lf-broken-general', 'lf-broken-large']);
      await clients.close();
    },
    (things / everyKth + 4) * 90_000,
  );

  it('takes everything back when the whole state is lost', async () => {
    const { context, request } = await begin('lost');
    await installBase(context, request);
    const before = made();
    const admin = openClients(context, account.cloud.region, account.cloud.people.customerAdmin);
    const Bucket = `lf-lost-${account.cloud.accountId}-state`;
    await admin.s3.send(new DeleteObjectCommand({ Bucket, Key: 'base/terraform.tfstate' }));
    await admin.close();
    await installBase(context, request);
    expect(made()).toBe(before);
    expect(await planBase(context, request)).toMatchObject({ changed: false });
  });

  it('is refused to another machine with the holder’s name; and blindly it makes a second network or stops at a taken name', async () => {
    const { context, request } = await begin('blind');
    const blindly = async (): Promise<unknown> => applyStack(context, await prepareBase(context, request));
    while (!(await killAfter(8, blindly)));
    // From another machine nobody can see that the holder is dead: then a person is told who it is.
    const elsewhere = await contextIn('elsewhere');
    await expect(installBase(elsewhere, request)).rejects.toMatchObject({
      code: 'LF-INSTALL-030',
      message: expect.stringMatching(/^the base stack is locked by .+@.+ since 20.+, for an apply \(version/),
    });
    const { customerAdmin: credentials } = account.cloud.people;
    const { locks, stage } = await readStatus(elsewhere, { inputs: request.inputs, credentials });
    expect({ locks, stage }).toMatchObject({
      locks: [{ stack: 'base', who: expect.stringContaining('@') }],
      stage: 'account',
    });
    await expect(blindly()).rejects.toThrow(/already exists|AlreadyExists/);
    const clients = openClients(context, account.cloud.region, account.cloud.people.customerAdmin);
    const found = await findByEc2Tag(clients.ec2, 'landfall:install', 'blind');
    await clients.close();
    expect(found.filter(({ kind }) => kind === 'vpc').length).toBeGreaterThan(1);
  });
});

/** What makes a thing, as far as a stack of ours does. */
function isWrite({ service, action, status }: { service: string; action: string; status: number }): boolean {
  return ['ec2', 'eks', 'ecr', 'logs'].includes(service) && status < 300 && /^(Create|Allocate|Associate)/.test(action);
}
