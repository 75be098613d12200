import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreatePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { type Cloud, startCloud } from '../dev/cloud/index.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createAuthority } from '../dev/world/index.ts';
import { createGroupGuard, createProcessRunner, type TofuState } from '../engines/index.ts';
import { type BaseInputsGiven, installNames } from '../stacks/index.ts';
import { prepareBase } from './base.ts';
import { assumeInstallRole, installAccount, installBase, type InstallContext, planAccount, planBase } from './index.ts';
import { withEngine } from './stack/apply-stack.ts';

const engines = await requireEngines('tofu', 'aws-provider', 'moto', 'registry');
const externalId = 'a-random-external-id-0123456789';

/** What the modes' own test (test/e2e/modes.test.ts) leaves at its default. */
describe.skipIf(!engines.available)('an install with every option of the account and the network', () => {
  let dir: string;
  let cloud: Cloud;
  let context: InstallContext;
  let keyArn: string;
  let boundaryArn: string;
  const guard = createGroupGuard();
  const options = () => ({ region: cloud.region, endpoint: cloud.endpoint, credentials: cloud.people.customerAdmin });
  const place = () => ({
    installId: 'acme',
    accountId: cloud.accountId,
    region: cloud.region,
    namePrefix: 'corp-events',
    tags: { 'cost-centre': '4711' },
    stateKmsKeyArn: keyArn,
    clusterKmsKeyArn: keyArn,
  });
  const account = () => ({
    inputs: {
      ...place(),
      installPrincipal: { kind: 'vendor' as const, arn: cloud.people.vendorInstaller.arn, externalId },
      installExpiresAt: '2090-01-01T00:00:00Z',
      permissionsBoundaryArn: boundaryArn,
      census: false,
    },
    credentials: cloud.people.customerAdmin,
    teardown: 'open' as const,
  });
  const base = (): BaseInputsGiven => ({
    ...place(),
    zones: ['a', 'b'],
    nat: 'per-zone',
    privateEndpoints: true,
    publicEndpointCidrs: ['192.0.2.0/24'],
    nodeGroups: [{ name: 'only', instanceType: 'm7g.large', size: 3, diskGib: 200 }],
    controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1', cidrs: ['10.9.0.0/16'] },
    monthlyBudget: { usd: 900, email: 'costs@example.com' },
  });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-options-'));
    cloud = await startCloud({
      dir,
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(join(dir, 'ca')),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    cloud.attachCluster({
      endpoint: 'https://127.0.0.1:6443',
      caPem: 'a CA',
      issuer: 'https://kubernetes.test',
      serviceAccountPublicKeyPem: '',
    });
    context = {
      clock: systemClock,
      runProcess: createProcessRunner({ clock: systemClock, guard }),
      say: () => undefined,
      engines: { tofu: engines.path('tofu'), helm: '' },
      providerMirror: engines.path('aws-provider'),
      workDir: join(dir, 'work'),
      awsEndpointUrl: cloud.endpoint,
    };
    const key = await new KMSClient(options()).send(new CreateKeyCommand({}));
    keyArn = key.KeyMetadata?.Arn ?? '';
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    const policy = await new IAMClient(options()).send(new CreatePolicyCommand({ PolicyName: 'ours', PolicyDocument }));
    boundaryArn = policy.Policy?.Arn ?? '';
  });
  afterAll(async () => {
    guard.stop();
    await cloud?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('has roles under the customer’s boundary, what ours denies as a policy beside it, and no key of its own', async () => {
    await installAccount(context, account());
    expect(await planAccount(context, account())).toMatchObject({ changed: false });
    const iam = new IAMClient(options());
    const { roles, prefix } = installNames(place());
    for (const kind of ['install', 'runner', 'upgrade', 'teardown', 'node', 'cluster'] as const) {
      const RoleName = roles[kind].name;
      expect(RoleName.startsWith('corp-events-')).toBe(true);
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundaryArn);
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      const names = AttachedPolicies.map(({ PolicyName }) => PolicyName);
      if (['install', 'runner', 'upgrade', 'teardown'].includes(kind)) expect(names).toContain(`${prefix}-limits`);
      expect(names).not.toContain(`${prefix}-runner-census`);
    }
    const { Aliases = [] } = await new KMSClient(options()).send(new ListAliasesCommand({}));
    expect(Aliases.filter(({ AliasName }) => AliasName?.includes('corp-events') === true)).toEqual([]);
  });

  it('is applied by the install role with no call refused, plans nothing again, and is destroyed to nothing', async () => {
    const vendor = { credentials: cloud.people.vendorInstaller, externalId };
    const session = await assumeInstallRole(context, { ...place(), ...vendor });
    const { outputs } = await installBase(context, { inputs: base(), session });
    expect(outputs).toMatchObject({ clusterName: 'corp-events', stateKeyArn: keyArn, mode: 'full' });
    expect(outputs.privateSubnetIds).toHaveLength(2);
    expect(await planBase(context, { inputs: base(), session })).toMatchObject({ changed: false });
    expect(cloud.recording().flatMap((call) => (call.denied === undefined ? [] : [call.denied]))).toEqual([]);

    const run = await prepareBase(context, { inputs: base(), session: { credentials: cloud.people.customerAdmin } });
    const left = await withEngine(context, run, async (tofu, call): Promise<TofuState | undefined> => {
      await tofu.init({}, call);
      await tofu.destroy({}, call);
      return tofu.statePull(call);
    });
    expect(left?.resources).toBe(0);
  });
});
