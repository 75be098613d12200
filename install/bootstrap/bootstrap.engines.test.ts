import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mediaTypes, systemClock } from '../../contract/index.ts';
import { type Cloud, startCloud } from '../../dev/cloud/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/tools/index.ts';
import { createAuthority, startWorld, type World } from '../../dev/world/index.ts';
import { createProcessRunner } from '../../engines/index.ts';
import { copyArtifact, createRegistryClient, packArtifact, registryStore } from '../../oci/index.ts';
import { installNames } from '../../stacks/index.ts';
import {
  accountInputs,
  assumeInstallRole,
  baseInputs,
  installAccount,
  installBase,
  type InstallContext,
  type InstallFile,
  jobFileOf,
  readInstallFile,
} from '../index.ts';
import { credentialsServer, imageFolder, type JobResult, runJob } from './testing/job-process.ts';
import { stateFacts } from './testing/state-facts.ts';

const engines = await requireEngines(...simulatedCluster, 'tofu', 'helm', 'aws-provider', 'moto', 'registry');
const joinToken = 'lf_join_a-token-used-once-only';
const project = 'lf-acme-bootstrap';

describe.skipIf(!engines.available)('the one-shot job inside the account', () => {
  let world: World;
  let dir: string;
  let file: InstallFile;
  let env: Record<string, string>;
  let home: string;
  let closeCredentials: () => void;
  const builds: JobResult[] = [];
  const options = (cloud: Cloud) => ({
    region: cloud.region,
    endpoint: cloud.endpoint,
    credentials: cloud.people.customerAdmin,
  });
  const contextFor = (cloud: Cloud, name: string): InstallContext => ({
    clock: systemClock,
    runProcess: createProcessRunner({ clock: systemClock }),
    say: () => undefined,
    engines: { tofu: engines.path('tofu'), helm: engines.path('helm') },
    providerMirror: engines.path('aws-provider'),
    workDir: join(dir, name),
    awsEndpointUrl: cloud.endpoint,
  });
  const build = async (run: 'base' | 'hand-off', more: Partial<Parameters<typeof runJob>[0]> = {}) => {
    const args = [run, '--config', join(dir, 'job.json'), '--exports', join(dir, 'exports')];
    const secrets = run === 'base' ? {} : { LANDFALL_JOIN_TOKEN: joinToken, ...registryLogin() };
    const result = await runJob({ dir, home, args, env: { ...env, ...secrets }, ...more });
    builds.push(result);
    return result;
  };
  const registryLogin = () => ({
    LANDFALL_REGISTRY_USERNAME: world.vendorRegistry.username,
    LANDFALL_REGISTRY_PASSWORD: world.vendorRegistry.password,
  });
  const refused = (): string[] =>
    world.cloud.recording().flatMap((call) => (call.denied === undefined ? [] : [`${call.service}:${call.action}`]));

  beforeAll(async () => {
    world = await startWorld({ say: () => undefined, nodes: 'kwok' });
    dir = await mkdtemp(join(tmpdir(), 'lf-bootstrap-'));
    file = await readInstallFile(await writeInstallFile(world, dir));
    await writeFile(join(dir, 'job.json'), JSON.stringify(await jobFileOf(file)));
    home = await imageFolder(dir);
    await installAccount(contextFor(world.cloud, 'admin'), {
      inputs: accountInputs(file),
      credentials: world.cloud.people.customerAdmin,
    });
    const { accountId, region } = world.cloud;
    const sourceArn = `arn:aws:codebuild:${region}:${accountId}:project/${project}`;
    const role = installNames({ installId: 'acme', accountId, region }).roles.install.arn;
    const server = await credentialsServer(() =>
      world.cloud.serviceSession('codebuild.amazonaws.com', role, { sourceArn }),
    );
    closeCredentials = server.close;
    env = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url,
      AWS_ENDPOINT_URL: world.cloud.endpoint,
      LANDFALL_TOFU: engines.path('tofu'),
      LANDFALL_HELM: engines.path('helm'),
      LANDFALL_TF_PLUGINS: engines.path('aws-provider'),
    };
  });
  afterAll(async () => {
    closeCredentials?.();
    await world?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('is killed in the middle of the base, and another container goes on to the end', async () => {
    const killed = await build('base', { killAt: /aws_eks_cluster\.cluster.* done/ });
    expect(killed.exitCode).not.toBe(0);
    const again = await build('base');
    expect(again.lines.slice(-12).join('\n')).not.toContain('LF-');
    expect(again.exitCode).toBe(0);
    expect(refused()).toEqual([]);
  });

  it('tells the second run which network the cluster is in', async () => {
    const exports = await readFile(join(dir, 'exports'), 'utf8');
    expect(exports).toMatch(/^export LANDFALL_VPC_ID='vpc-[0-9a-f]+'$/m);
    expect(exports).toMatch(/^export LANDFALL_SUBNET_IDS='subnet-[0-9a-f]+(,subnet-[0-9a-f]+){2}'$/m);
    expect(exports).toMatch(/^export LANDFALL_SECURITY_GROUP_ID='sg-[0-9a-f]+'$/m);
    const read = execFileSync('/bin/sh', ['-c', `. ${join(dir, 'exports')}; printf %s "$LANDFALL_VPC_ID"`]);
    expect(read.toString()).toMatch(/^vpc-[0-9a-f]+$/);
  });

  it('leaves the same state as the laptop’s way', async () => {
    const cloud = await startCloud({
      dir: join(dir, 'laptop-cloud'),
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(dir),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    try {
      const { endpoint, caPem } = { endpoint: world.cluster.endpoint, caPem: world.cluster.caPem };
      cloud.attachCluster({ endpoint, caPem, issuer: 'https://kubernetes.test', serviceAccountPublicKeyPem: '' });
      const context = contextFor(cloud, 'laptop');
      const externalId = randomBytes(16).toString('hex');
      const inputs = {
        ...accountInputs(file),
        installPrincipal: { kind: 'vendor' as const, arn: cloud.people.vendorInstaller.arn, externalId },
      };
      await installAccount(context, { inputs, credentials: cloud.people.customerAdmin });
      const place = { installId: 'acme', accountId: cloud.accountId, region: cloud.region };
      const vendor = { credentials: cloud.people.vendorInstaller, externalId };
      const session = await assumeInstallRole(context, { ...place, ...vendor });
      await installBase(context, { inputs: baseInputs(file), session });
      const byJob = stateFacts(await stateOf(world.cloud));
      expect(Object.keys(byJob).length).toBeGreaterThan(30);
      expect(byJob).toEqual(stateFacts(await stateOf(cloud)));
    } finally {
      await cloud.stop();
    }
  });

  it('hands off, and proves the end with its own session', async () => {
    let ended: Promise<void> | undefined;
    const result = await build('hand-off', {
      onLine: (line) => {
        if (/holds the lease/.test(line)) ended ??= endAsTheRunnerDoes(world);
      },
    });
    await ended;
    expect(result.lines.slice(-6).join('\n')).toMatch(/refused +GET \/api\/v1\/namespaces: 401/);
    expect(result.exitCode).toBe(0);
    const secret = await world.cluster.admin.call('GET', '/api/v1/namespaces/landfall-system/secrets/landfall-handoff');
    expect(JSON.stringify(secret)).toContain(Buffer.from(joinToken).toString('base64'));
  });

  it('has said no secret, and gets no session any more', async () => {
    const said = builds.flatMap(({ lines }) => lines).join('\n');
    expect(said).not.toContain(joinToken);
    expect(said).not.toContain(world.vendorRegistry.password);
    const late = await build('hand-off');
    expect(late.exitCode).toBe(1);
    expect(late.lines.join('\n')).toContain('LF-TEMPLATES-005');
  });

  async function stateOf(cloud: Cloud): Promise<string> {
    const s3 = new S3Client({ ...options(cloud), forcePathStyle: true });
    const { stateBucket } = installNames({ installId: 'acme', accountId: cloud.accountId, region: cloud.region });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: stateBucket, Key: 'base/terraform.tfstate' }));
    return (await Body?.transformToString()) ?? '';
  }

  /** The order of runner/ending, with the admin's hands: what the runner does there is its own tests' business. */
  async function endAsTheRunnerDoes({ cloud }: World): Promise<void> {
    const { roles, cluster, endedPolicyArn } = installNames({
      installId: 'acme',
      accountId: cloud.accountId,
      region: cloud.region,
    });
    const entry = { clusterName: cluster, principalArn: roles.install.arn };
    await new EKSClient(options(cloud)).send(new DeleteAccessEntryCommand(entry));
    const iam = new IAMClient(options(cloud));
    const RoleName = roles.install.name;
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: endedPolicyArn }));
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
  }
});

/** The runner's image and a chart that pretends to be it, both by digest in the vendor's registry; the install file that names them. */
async function writeInstallFile(world: World, dir: string): Promise<string> {
  const { host, username, password } = world.vendorRegistry;
  const ca = world.ca.certificatePem;
  const client = createRegistryClient({ host, ca, credentials: () => Promise.resolve({ username, password }) });
  const push = async (repository: string, layer: { mediaType: string; bytes: Buffer }): Promise<string> => {
    const artifact = await packArtifact({ artifactType: 'test/artifact', layers: [layer] });
    const { digest } = artifact.descriptor;
    await copyArtifact({ from: artifact, to: registryStore(client, repository), digest });
    return digest;
  };
  const testing = join(import.meta.dirname, '..', 'testing');
  const chart = execFileSync('tar', ['-czf', '-', '-C', testing, 'ready-chart']);
  const image = await push('landfall/runner', { mediaType: 'test/layer', bytes: randomBytes(5000) });
  const chartDigest = await push('landfall/charts/runner', { mediaType: mediaTypes.helmChart, bytes: chart });
  await client.close();
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'ca.pem'), ca);
  await writeFile(join(dir, 'key.pem'), '-----BEGIN PUBLIC KEY-----');
  const content = {
    install: 'acme',
    product: 'streaming',
    account: world.cloud.accountId,
    region: world.cloud.region,
    access: { project, expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
    controlPlane: { url: 'https://control-plane.example' },
    vendorRegistry: { host, caFile: 'ca.pem' },
    accountRegistryCaFile: 'ca.pem',
    runner: {
      image: { repository: 'landfall/runner', digest: image },
      chart: { repository: 'landfall/charts/runner', digest: chartDigest },
    },
    trust: { releaseKeyFiles: ['key.pem'], desiredStateKeyFiles: ['key.pem'] },
  };
  const path = join(dir, 'install.yaml');
  await writeFile(path, JSON.stringify(content));
  return path;
}
