import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { DescribeVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Permission, systemClock } from '../../contract/index.ts';
import { openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { runnerToken } from '../../dev/cloud/testing/runner-session.ts';
import { requireEngines } from '../../dev/index.ts';
import { createGroupGuard, createProcessRunner } from '../../engines/index.ts';
import { installAccount, installBase, type InstallContext } from '../../install/index.ts';
import { installNames, synthesise, toVariables } from '../../stacks/index.ts';
import {
  byDefault,
  forEach,
  laterModule,
  type ModuleChange,
  withoutResource,
  withResource,
} from './testing/later-module.ts';
import { type BaseUpgrade, openBaseUpgrade } from '../testing/base-upgrade.ts';

/** Many engine runs in a row: on a busy machine the usual five minutes are not enough. */
const timeout = 900_000;

const engines = await requireEngines('tofu', 'moto', 'registry', 'aws-provider', 'helm');

describe.skipIf(!engines.available)(
  'the runner upgrades the base layer, with the real engine and provider on the stand-in',
  { timeout },
  () => {
    let account: OpenAccount;
    let dir: string;
    let context: InstallContext;
    let runner: BaseUpgrade;
    let original: string;
    /** The module of the release that is wholly applied. */
    let current: string;
    const guard = createGroupGuard();
    const externalId = 'a-random-external-id-0123456789';
    const installExpiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
    const names = installNames(place);
    const inputs = {
      ...place,
      zones: ['a', 'b'],
      privateEndpoints: false,
      repositories: ['landfall/runner', 'landfall/old'],
      nodeGroups: [
        { name: 'general', instanceType: 'm6i.large', size: 2 },
        { name: 'large', instanceType: 'm6i.xlarge', size: 1 },
      ],
    };
    const accountInputs = (productPermissions: Permission[] = []) => ({
      ...place,
      installPrincipal: { kind: 'vendor' as const, arn: account.cloud.people.vendorInstaller.arn, externalId },
      installExpiresAt,
      productPermissions,
    });
    const refused = (): string[] =>
      account.cloud
        .recording()
        .flatMap((call) =>
          call.denied === undefined ? [] : [`${call.principal} ${call.service}:${call.action}: ${call.denied}`],
        );
    const eks = (): EKSClient => new EKSClient(account.admin);
    const groups = [`${names.prefix}-general`, `${names.prefix}-large`] as const;
    const nodeGroups = () =>
      Promise.all(
        groups.map(async (nodegroupName) => {
          const { nodegroup } = await eks().send(
            new DescribeNodegroupCommand({ clusterName: names.cluster, nodegroupName }),
          );
          return nodegroup;
        }),
      );
    const versions = async () => {
      const { cluster } = await eks().send(new DescribeClusterCommand({ name: names.cluster }));
      return [cluster?.version, ...(await nodeGroups()).map((group) => group?.version)];
    };
    /** What was changed since `mark`, as the upgrade role, in order. */
    const changesSince = (mark: string): string[] =>
      account.cloud
        .recording()
        .filter(
          (call) =>
            call.mark === mark && /^(Update|Create|Delete|Put|Modify)/.test(call.action) && call.service !== 's3',
        )
        .map((call) => {
          expect(call.principal).toContain(`:assumed-role/${names.prefix}-upgrade/`);
          return [call.action, ...groups.filter((group) => JSON.stringify(call.checks).includes(group))].join(' ');
        });
    const callsOfUpgradeRole = (mark: string): string[] =>
      account.cloud
        .recording()
        .filter((call) => call.mark === mark && call.principal.includes(`/${names.prefix}-upgrade/`))
        .map((call) => call.action);
    const repositories = async (): Promise<string[]> => {
      const found = await new ECRClient(account.admin).send(new DescribeRepositoriesCommand({}));
      return (found.repositories ?? []).map(({ repositoryName = '' }) => repositoryName).sort();
    };

    const moduleWith = (name: string, ...changes: ModuleChange[]): Promise<string> =>
      laterModule(original, join(dir, 'modules', name), changes);
    const kubernetes = byDefault('kubernetes_version', '1.35');
    const image = byDefault('node_image_version', '1.35.0-f00dcafe');
    const endpoint = withResource('aws_vpc_endpoint', 'table', {
      vpc_id: '${aws_vpc.vpc[0].id}',
      service_name: 'com.amazonaws.eu-central-1.dynamodb',
    });

    beforeAll(async () => {
      account = await openAccount();
      dir = await mkdtemp(join(tmpdir(), 'lf-upgrade-'));
      context = {
        clock: systemClock,
        runProcess: createProcessRunner({ clock: systemClock, guard }),
        say: () => undefined,
        engines: { tofu: engines.path('tofu'), helm: engines.path('helm') },
        providerMirror: engines.path('aws-provider'),
        workDir: join(dir, 'install'),
        awsEndpointUrl: account.cloud.endpoint,
      };
      const { people } = account.cloud;
      const { outputs } = await installAccount(context, { inputs: accountInputs(), credentials: people.customerAdmin });
      // Who made it does not matter here; that the install role can is shown in install/.
      const session = { credentials: people.customerAdmin, roleArn: people.customerAdmin.arn, expiresAt: new Date() };
      await installBase(context, { inputs, session });
      ({ dir: original } = await synthesise({ stack: 'base', outDir: join(dir, 'synth') }));
      current = original;
      const tokenFile = join(dir, 'token');
      await writeFile(tokenFile, await runnerToken(account));
      runner = await openBaseUpgrade({
        endpoint: account.cloud.endpoint,
        podIdentityUrl: account.cloud.podIdentity.hostUrl,
        tokenFile,
        tofu: engines.path('tofu'),
        providersDir: engines.path('aws-provider'),
        ...place,
        prefix: names.prefix,
        cluster: names.cluster,
        stateBucket: names.stateBucket,
        stateKeyArn: outputs.stateKeyArn,
        variables: toVariables({ stack: 'base', inputs }),
      });
    });
    afterAll(async () => {
      guard.stop();
      await runner?.close();
      await account?.stop();
      if (dir !== undefined) await rm(dir, { recursive: true, force: true });
    });

    it('takes it over as the install left it: only the entry of the install role goes', async () => {
      account.cloud.mark('taken over');
      expect(await runner.upgrade({ module: original, version: '1.0.0' })).toEqual({ kind: 'done' });
      expect(refused()).toEqual([]);
      expect(changesSince('taken over').sort()).toEqual(['DeleteAccessEntry', 'DisassociateAccessPolicy'].slice(0, 1));
    });

    it('takes the cluster from 1.34 to 1.35, then one node group after the other, with the runner on neither', async () => {
      account.cloud.mark('1.35');
      const module = await moduleWith('1.35', kubernetes);
      await runner.runOn(groups[0]);
      expect(await runner.upgrade({ module, version: '1.1.0' })).toEqual({ kind: 'done' });
      expect(await versions()).toEqual(['1.35', '1.35', '1.35']);
      expect(changesSince('1.35')).toEqual([
        'UpdateClusterVersion',
        `UpdateNodegroupVersion ${groups[1]}`,
        `UpdateNodegroupVersion ${groups[0]}`,
      ]);
      expect(refused()).toEqual([]);
    });

    it('waits while AWS carries out an update, and then exchanges the node image and adds an endpoint', async () => {
      const module = await moduleWith('image', kubernetes, image, endpoint);
      await runner.runOn(null);
      account.cloud.holdUpdates();
      const logging = { clusterLogging: [{ types: ['api' as const], enabled: true }] };
      await eks().send(new UpdateClusterConfigCommand({ name: names.cluster, logging }));
      account.cloud.mark('held');
      expect(await runner.upgrade({ module, version: '1.2.0' })).toMatchObject({
        kind: 'waiting',
        reason: 'CloudUpdateRunning',
        until: expect.any(Date),
      });
      expect(callsOfUpgradeRole('held')).toEqual([]);
      account.cloud.finishUpdates();
      // Somebody's hand on the logs is put right by the same plan.
      expect(await runner.upgrade({ module, version: '1.2.0' })).toEqual({ kind: 'done' });
      expect((await nodeGroups()).map((group) => group?.releaseVersion)).toEqual([
        '1.35.0-f00dcafe',
        '1.35.0-f00dcafe',
      ]);
      const endpoints = await new EC2Client(account.admin).send(new DescribeVpcEndpointsCommand({}));
      expect(endpoints.VpcEndpoints?.map(({ ServiceName }) => ServiceName)).toContain(
        'com.amazonaws.eu-central-1.dynamodb',
      );
      expect(refused()).toEqual([]);
    });

    it('asks before it deletes a repository, and does it with the approval of exactly this plan', async () => {
      const others = '${toset([for name in var.repositories : name if name != "landfall/old"])}';
      const fewer = forEach('aws_ecr_repository', 'repository', others);
      const module = await moduleWith('smaller', kubernetes, image, endpoint, fewer);
      expect(await runner.upgrade({ module, version: '1.3.0' })).toMatchObject({
        kind: 'waiting',
        reason: 'ApprovalNeeded',
      });
      const details = runner.status().waitingFor?.details;
      expect(details?.changes).toEqual([
        'delete aws_ecr_repository.repository["landfall/old"]: the repository and every image in it would be deleted',
      ]);
      expect(await repositories()).toEqual(['lf-acme/landfall/old', 'lf-acme/landfall/runner']);
      const { component, planDigest } = details ?? {};
      if (component === undefined || planDigest === undefined) throw new Error('nothing to approve');
      const approvals = [{ component, planDigest }];
      expect(await runner.upgrade({ module, version: '1.3.0', approvals })).toEqual({ kind: 'done' });
      current = module;
      expect(await repositories()).toEqual(['lf-acme/landfall/runner']);
      expect(refused()).toEqual([]);
    });

    it('never applies a plan that takes its own identity and its way out away', async () => {
      account.cloud.mark('cut');
      const identity = withoutResource('aws_eks_pod_identity_association', 'runner-identity');
      const wayOut = forEach('aws_route', 'private', '${{}}');
      const module = await moduleWith('cut', kubernetes, identity, wayOut);
      expect(await runner.upgrade({ module, version: '1.4.0' })).toEqual({ kind: 'done' });
      const denied = runner.status().denied.at(-1);
      expect(denied?.version).toBe('1.4.0');
      expect(denied?.reason).toMatch(/LF-RUNNER-015.*runner-identity.*aws_route\.private/);
      expect(changesSince('cut')).toEqual([]);
    });

    it('waits for rights that the account stack does not give, and goes on by itself when it does', async () => {
      const permissions = [
        {
          sid: 'Events',
          actions: ['s3:CreateBucket'],
          resources: ['arn:${partition}:s3:::${prefix}-events'],
          reason: 'Keeps events.',
        },
      ];
      const wish = { module: current, version: '1.5.0', permissions };
      account.cloud.mark('rights');
      expect(await runner.upgrade(wish)).toMatchObject({ kind: 'waiting', reason: 'PermissionsNeeded' });
      expect(runner.status().waitingFor?.details?.permissions).toEqual([
        { sid: 'Events', actions: ['s3:CreateBucket'], resources: ['arn:aws:s3:::lf-acme-events'] },
      ]);
      expect(callsOfUpgradeRole('rights')).toEqual([]);
      await installAccount(context, {
        inputs: accountInputs(permissions),
        credentials: account.cloud.people.customerAdmin,
      });
      expect(await runner.upgrade(wish)).toEqual({ kind: 'done' });
      expect(runner.status().observed?.version).toBe('1.5.0');
    });
  },
);
