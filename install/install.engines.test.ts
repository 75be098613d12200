import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  DeleteRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { DeleteAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { ownArchitecture, requireEngines, simulatedCluster } from '../dev/tools/index.ts';
import { startWorld, type World } from '../dev/world/index.ts';
import { createGroupGuard, createHelm, createProcessRunner } from '../engines/index.ts';
import { copyArtifact, createRegistryClient, mediaTypes, packArtifact, registryStore } from '../oci/index.ts';
import { installNames } from '../stacks/index.ts';
import {
  assumeInstallRole,
  type BaseOutputs,
  destroyInstall,
  handOff,
  type HandOffRequest,
  type HandOffResult,
  installAccount,
  installBase,
  type InstallContext,
  type InstallProgress,
  type InstallSession,
  planAccount,
  planBase,
  proveEnd,
} from './index.ts';

const engines = await requireEngines(...simulatedCluster, 'tofu', 'helm', 'aws-provider', 'moto', 'registry');
const externalId = randomBytes(16).toString('hex');
/** One date for every plan: another one would be a change. */
const installExpiresAt = new Date(Date.now() + 3_600_000).toISOString();

describe.skipIf(!engines.available)('the one-time install', () => {
  let world: World;
  let context: InstallContext;
  let workDir: string;
  let session: InstallSession;
  let base: BaseOutputs;
  let handed: HandOffResult;
  const progress: InstallProgress[] = [];
  const guard = createGroupGuard();
  const place = (): { installId: string; accountId: string; region: string } => ({
    installId: 'acme',
    accountId: world.cloud.accountId,
    region: world.cloud.region,
  });
  const account = () => ({
    inputs: {
      ...place(),
      installPrincipal: { kind: 'vendor' as const, arn: world.cloud.people.vendorInstaller.arn, externalId },
      installExpiresAt,
    },
    credentials: world.cloud.people.customerAdmin,
  });
  const vendor = () => ({ credentials: world.cloud.people.vendorInstaller, externalId });
  const refused = (): string[] =>
    world.cloud.recording().flatMap((call) => (call.denied === undefined ? [] : [`${call.service}:${call.action}`]));

  beforeAll(async () => {
    world = await startWorld({ say: () => undefined, nodes: 'kwok' });
    workDir = await mkdtemp(join(tmpdir(), 'lf-install-'));
    context = {
      clock: systemClock,
      runProcess: createProcessRunner({ clock: systemClock, guard }),
      say: (line) => progress.push(line),
      engines: { tofu: engines.path('tofu'), helm: engines.path('helm') },
      providerMirror: engines.path('aws-provider'),
      workDir,
      awsEndpointUrl: world.cloud.endpoint,
    };
  });
  afterAll(async () => {
    guard.stop();
    await world?.stop();
    if (workDir !== undefined) await rm(workDir, { recursive: true, force: true });
  });

  it('applies the account stack as the customer’s admin and moves its state into the bucket it made', async () => {
    const result = await installAccount(context, account());
    expect(result).toMatchObject({ changed: true, outputs: { stateBucket: installNames(place()).stateBucket } });
    const left = await readdir(join(workDir, 'account', 'stacks', 'account'));
    expect(left.filter((file) => file.startsWith('terraform.tfstate'))).toEqual([]);
    expect(refused()).toEqual([]);
  });

  it('plans nothing when the account stack is planned again from the bucket', async () => {
    expect(await planAccount(context, account())).toMatchObject({ changed: false });
  });

  it('refuses the install role to a wrong ExternalId, to none, and to a stranger', async () => {
    const ask = (request: { credentials: InstallSession['credentials']; externalId?: string }): Promise<unknown> =>
      assumeInstallRole(context, { ...place(), ...request });
    const expected = { code: 'LF-INSTALL-002' };
    await expect(ask({ ...vendor(), externalId: 'a-wrong-external-id' })).rejects.toMatchObject(expected);
    await expect(ask({ credentials: vendor().credentials })).rejects.toMatchObject(expected);
    await expect(ask({ ...vendor(), credentials: world.cloud.people.stranger })).rejects.toMatchObject(expected);
  });

  it('applies the base stack by the install role alone, with no call refused and a second plan empty', async () => {
    session = await assumeInstallRole(context, { ...place(), ...vendor() });
    const before = refused().length;
    const result = await installBase(context, { inputs: place(), session });
    base = result.outputs;
    expect(result.changed).toBe(true);
    expect(base).toMatchObject({ clusterName: 'lf-acme', clusterEndpoint: world.cluster.endpoint });
    expect(await planBase(context, { inputs: place(), session })).toMatchObject({ changed: false });
    expect(refused().slice(before)).toEqual([]);
    const actors = new Set(
      world.cloud
        .recording()
        .filter((call) => call.service === 'eks')
        .map((call) => call.principal),
    );
    expect([...actors].every((actor) => actor.includes('assumed-role/lf-acme-install/'))).toBe(true);
  });

  it('copies the runner’s image by digest and hands off by Helm with an EKS token', async () => {
    const { ca } = world;
    const { host, username, password } = world.vendorRegistry;
    const client = createRegistryClient({
      host,
      ca: ca.certificatePem,
      credentials: () => Promise.resolve({ username, password }),
    });
    const image = await packArtifact({
      config: {
        mediaType: mediaTypes.imageConfig,
        bytes: Buffer.from(JSON.stringify({ architecture: ownArchitecture })),
      },
      layers: [{ mediaType: 'test/layer', bytes: randomBytes(5000) }],
    });
    const { digest } = image.descriptor;
    await copyArtifact({ from: image, to: registryStore(client, 'landfall/runner'), digest });
    await client.close();
    const request: HandOffRequest = {
      ...place(),
      product: 'streaming',
      session,
      base,
      vendorRegistry: { host, caPem: ca.certificatePem, credentials: { username, password } },
      runner: {
        image: { repository: 'landfall/runner', digest },
        chart: { path: join(import.meta.dirname, 'testing', 'ready-chart') },
      },
      accountRegistryCaPem: ca.certificatePem,
      controlPlane: { url: 'https://control-plane.example' },
      trust: { releaseKeys: [], desiredStateKeys: [] },
      joinToken: () => Promise.resolve('lf_join_a-token-used-once-only'),
    };
    handed = await handOff(context, request);
    expect(handed.holder).toBe('nobody-but-a-chart');
    const secret = await world.cluster.admin.call('GET', '/api/v1/namespaces/landfall-system/secrets/landfall-handoff');
    expect(JSON.stringify(secret)).toContain(Buffer.from('lf_join_a-token-used-once-only').toString('base64'));
    const files = await readdir(join(workDir, 'hand-off'));
    expect(files).not.toContain('cluster-token');
  });

  it('says that the old access still works as long as nobody ended it', async () => {
    const request = { ...place(), session, cluster: handed.cluster, vendor: vendor(), timeoutMs: 1 };
    await expect(proveEnd(context, request)).rejects.toMatchObject({
      code: 'LF-INSTALL-006',
      message: expect.stringContaining('GET /api/v1/namespaces (200)'),
    });
  });

  it('returns the refusals of AWS and of the cluster once entry, policies and role are gone', async () => {
    await endAsTheRunnerDoes(world, installNames(place()).roles.install);
    const proof = await proveEnd(context, {
      ...place(),
      session,
      cluster: handed.cluster,
      vendor: vendor(),
      timeoutMs: 20_000,
    });
    expect(proof.kubernetes).toMatchObject({ status: 401, message: 'Unauthorized' });
    expect(proof.awsCalls.map(({ refusal }) => refusal.status)).toEqual([403, 403]);
    expect(proof.assumeRole).toContain('cannot be assumed');
  });

  it('is taken out of a cluster that is reached: the runner first, then the product’s releases, and nothing of the customer’s', async () => {
    const helm = createHelm({
      binary: engines.path('helm'),
      homeDir: join(workDir, 'product-helm'),
      connection: { kind: 'kubeconfig', path: world.cluster.adminKubeconfigPath },
      runProcess: context.runProcess,
    });
    const chart = await writeChart(join(workDir, 'product-chart'));
    const product = { namespace: 'shop', chart, createNamespace: true, timeoutMs: 60_000 };
    await helm.upgradeInstall({ ...product, name: 'web', labels: { 'landfall.dev/fingerprint': 'x' } });
    await helm.upgradeInstall({ ...product, name: 'of-the-customer' });
    const before = refused().length;
    const receipt = await destroyInstall(context, {
      account: account().inputs,
      base: place(),
      credentials: account().credentials,
      keep: [],
      product: 'keep',
      waitMs: 1,
    });
    const releases = receipt.deleted.filter(({ kind }) => kind === 'helm-release').map(({ id }) => id);
    expect(releases).toEqual(['lf-acme/landfall-system/landfall-runner', 'lf-acme/shop/web']);
    expect(receipt.notes.filter((note) => /not reached|could not be removed|nothing in cluster/.test(note))).toEqual(
      [],
    );
    const there = async (path: string): Promise<number> => (await world.cluster.admin.call('GET', path)).status;
    expect(await there('/apis/apps/v1/namespaces/landfall-system/deployments/landfall-runner')).toBe(404);
    expect(await there('/api/v1/namespaces/shop/configmaps/web')).toBe(404);
    expect(await there('/api/v1/namespaces/shop/configmaps/of-the-customer')).toBe(200);
    expect(receipt.deleted.map(({ kind }) => kind)).toContain('aws_eks_cluster');
    expect(refused().slice(before)).toEqual([]);
  });

  it('has put no secret into what it said or left behind', async () => {
    const said = JSON.stringify(progress);
    const values = await readFile(join(workDir, 'base', 'stacks', 'base', 'cdk.tf.json'), 'utf8');
    for (const secret of [session.credentials.secretAccessKey, session.credentials.sessionToken ?? '', 'lf_join_']) {
      expect(said).not.toContain(secret);
      expect(values).not.toContain(secret);
    }
  });
});

/** A chart with one ConfigMap of the release's name. */
async function writeChart(dir: string): Promise<string> {
  await mkdir(join(dir, 'templates'), { recursive: true });
  await writeFile(join(dir, 'Chart.yaml'), 'apiVersion: v2\nname: thing\nversion: 1.0.0\n');
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n';
  await writeFile(join(dir, 'templates', 'map.yaml'), map);
  return dir;
}

/** The order of runner/ending, with the admin's hands: what the runner does there is its own tests' business. */
async function endAsTheRunnerDoes(world: World, role: { name: string; arn: string }): Promise<void> {
  const options = {
    region: world.cloud.region,
    endpoint: world.cloud.endpoint,
    credentials: world.cloud.people.customerAdmin,
  };
  await new EKSClient(options).send(new DeleteAccessEntryCommand({ clusterName: 'lf-acme', principalArn: role.arn }));
  const iam = new IAMClient(options);
  const RoleName = role.name;
  const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'ended', PolicyDocument: JSON.stringify(deny) }));
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies ?? [])
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'ended' }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
}
