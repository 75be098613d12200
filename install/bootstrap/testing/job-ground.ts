import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
import { mediaTypes, systemClock } from '../../../contract/index.ts';
import type { Cloud } from '../../../dev/cloud/index.ts';
import { startWorld, type World } from '../../../dev/world/index.ts';
import { createProcessRunner } from '../../../engines/index.ts';
import { copyArtifact, createRegistryClient, packArtifact, registryStore } from '../../../oci/index.ts';
import { installNames } from '../../../stacks/index.ts';
import {
  accountInputs,
  installAccount,
  type InstallContext,
  type InstallFile,
  jobFileOf,
  readInstallFile,
} from '../../index.ts';
import { credentialsServer, imageFolder, type JobResult, runJob } from './job-process.ts';

export const joinToken = 'lf_join_a-token-used-once-only';
const project = 'lf-acme-bootstrap';

export type JobGround = {
  world: World;
  dir: string;
  file: InstallFile;
  contextFor: (cloud: Cloud, name: string) => InstallContext;
  /** One build, in a container of its own. */
  build: (run: 'base' | 'hand-off', more?: Partial<Parameters<typeof runJob>[0]>) => Promise<JobResult>;
  close: () => Promise<void>;
};

/** A world whose account stack is made, and the job's image as a folder. `prepare` changes the install file and the job's environment. */
export async function openJobGround(
  engine: (name: 'tofu' | 'helm' | 'aws-provider') => string,
  prepare: (world: World, dir: string) => Promise<{ file?: object; env?: Record<string, string> }> = async () =>
    Promise.resolve({}),
): Promise<JobGround> {
  const world = await startWorld({ say: () => undefined, nodes: 'kwok' });
  const dir = await mkdtemp(join(tmpdir(), 'lf-bootstrap-'));
  const contextFor = (cloud: Cloud, name: string): InstallContext => ({
    clock: systemClock,
    runProcess: createProcessRunner({ clock: systemClock }),
    say: () => undefined,
    engines: { tofu: engine('tofu'), helm: engine('helm') },
    providerMirror: engine('aws-provider'),
    workDir: join(dir, name),
    awsEndpointUrl: cloud.endpoint,
  });
  const changed = await prepare(world, dir);
  const file = await readInstallFile(await writeInstallFile(world, dir, changed.file ?? {}));
  await writeFile(join(dir, 'job.json'), JSON.stringify(await jobFileOf(file)));
  const home = await imageFolder(dir);
  const credentials = world.cloud.people.customerAdmin;
  await installAccount(contextFor(world.cloud, 'admin'), { inputs: accountInputs(file), credentials });
  const { accountId, region } = world.cloud;
  const sourceArn = `arn:aws:codebuild:${region}:${accountId}:project/${project}`;
  const role = installNames({ installId: 'acme', accountId, region }).roles.install.arn;
  const server = await credentialsServer(() =>
    world.cloud.serviceSession('codebuild.amazonaws.com', role, { sourceArn }),
  );
  const { username, password } = world.vendorRegistry;
  const secrets = {
    LANDFALL_JOIN_TOKEN: joinToken,
    LANDFALL_REGISTRY_USERNAME: username,
    LANDFALL_REGISTRY_PASSWORD: password,
  };
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url,
    AWS_ENDPOINT_URL: world.cloud.endpoint,
    LANDFALL_TOFU: engine('tofu'),
    LANDFALL_HELM: engine('helm'),
    LANDFALL_TF_PLUGINS: engine('aws-provider'),
    ...changed.env,
  };
  return {
    ...{ world, dir, file, contextFor },
    build: (run, { env: more, ...options } = {}) => {
      const args = [run, '--config', join(dir, 'job.json'), '--exports', join(dir, 'exports')];
      return runJob({ dir, home, args, env: { ...env, ...(run === 'base' ? {} : secrets), ...more }, ...options });
    },
    close: async () => {
      server.close();
      await world.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** For the SDK's clients: the customer's admin. */
export const adminOf = (cloud: Cloud) => ({
  region: cloud.region,
  endpoint: cloud.endpoint,
  credentials: cloud.people.customerAdmin,
});

/** The order of runner/ending, with the admin's hands: what the runner does there is its own tests' business. */
export async function endAsTheRunnerDoes({ cloud }: World): Promise<void> {
  const { roles, cluster, endedPolicyArn } = installNames({
    installId: 'acme',
    accountId: cloud.accountId,
    region: cloud.region,
  });
  const entry = { clusterName: cluster, principalArn: roles.install.arn };
  await new EKSClient(adminOf(cloud)).send(new DeleteAccessEntryCommand(entry));
  const iam = new IAMClient(adminOf(cloud));
  const RoleName = roles.install.name;
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: endedPolicyArn }));
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
}

/** The runner's image and a chart that pretends to be it, both by digest in the vendor's registry; the install file that names them. */
async function writeInstallFile(world: World, dir: string, change: object): Promise<string> {
  const { host, username, password } = world.vendorRegistry;
  const ca = world.ca.certificatePem;
  const client = createRegistryClient({ host, ca, credentials: () => Promise.resolve({ username, password }) });
  const push = async (repository: string, layer: { mediaType: string; bytes: Buffer }): Promise<string> => {
    const artifact = await packArtifact({ artifactType: 'test/artifact', layers: [layer] });
    const { digest } = artifact.descriptor;
    await copyArtifact({ from: artifact, to: registryStore(client, repository), digest });
    return digest;
  };
  const testing = join(import.meta.dirname, '..', '..', 'testing');
  const chart = execFileSync('tar', ['-czf', '-', '-C', testing, 'ready-chart']);
  const image = await push('landfall/runner', { mediaType: 'test/layer', bytes: randomBytes(5000) });
  const chartDigest = await push('landfall/charts/runner', { mediaType: mediaTypes.helmChart, bytes: chart });
  await client.close();
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
    ...change,
  };
  const path = join(dir, 'install.yaml');
  await writeFile(path, JSON.stringify(content));
  return path;
}
