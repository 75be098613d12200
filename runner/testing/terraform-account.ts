import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  type JsonObject,
  releaseSchema,
  type RunnerPolicy,
  runnerPolicySchema,
  sha256,
  systemClock,
} from '../../contract/index.ts';
import { type OpenAccount, openAccount } from '../../dev/cloud/testing/open-account.ts';
import { createProcessRunner, createTofu, type RunProcess } from '../../engines/index.ts';
import { actTerraform, destroyTerraform, type TerraformParts } from '../components/terraform/act.ts';
import type { StateBackend } from '../components/terraform/backend.ts';
import { lookForDrift } from '../components/terraform/drift.ts';
import type { LockingCall } from '../components/terraform/lock-holder.ts';
import { noSecretVariables, type SecretVariables } from '../components/terraform/secret-variables.ts';
import { createWorkspaces } from '../components/terraform/workspaces.ts';
import type { DesiredTerraform } from '../components/desired.ts';
import { createFakeInstall, type FakeInstall } from './fake-install.ts';

const bucket = 'lf-state';

/** Absolute paths of the engines that are here: OpenTofu as given, and Terraform where PATH has it. */
export function terraformBinaries(tofu: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const terraform = folders.map((folder) => join(folder, 'terraform')).find((file) => existsSync(file));
  return terraform === undefined ? [tofu] : [tofu, terraform];
}

/** A component's module, settings and inputs as a test says them. */
export type Wanted = { module: string; variables?: JsonObject; settings?: JsonObject };

export type ActOptions = {
  runProcess?: RunProcess;
  dead?: LockingCall[];
  secrets?: SecretVariables;
  policy?: RunnerPolicy;
};

/** The account stand-in with a bucket for states, and a real engine on it: what a runner does with one component, without the runner around it. */
export async function openTerraformAccount(
  binary: string,
  over: { state?: StateBackend; between?: (endpoint: string) => Promise<string> } = {},
) {
  const account: OpenAccount = await openAccount({}, () => new Date());
  const admin = account.cloud.people.customerAdmin;
  const s3 = new S3Client({ ...account.as(admin), forcePathStyle: true });
  const configuration = { LocationConstraint: 'eu-central-1' as const };
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: configuration }));
  const env = {
    AWS_ENDPOINT_URL: (await over.between?.(account.cloud.endpoint)) ?? account.cloud.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
  };
  const install: FakeInstall = createFakeInstall();
  const runner = await install.startRunner();
  const privateDir = await mkdtemp(join(tmpdir(), 'landfall-private-'));
  const logs: string[] = [];
  const events: string[] = [];
  const real = createProcessRunner({ clock: systemClock });
  const state = over.state ?? { kind: 's3', bucket, region: 'eu-central-1', kmsKeyArn: null };
  const modules = new Map<string, string>();
  const mirror = {
    ...install.mirror,
    fetchModule: ({ digest }: { digest: string }, dir: string) =>
      writeFile(join(dir, 'main.tf'), modules.get(digest) ?? ''),
  };

  const desired = (name: string, { module, variables = {}, settings = {} }: Wanted): DesiredTerraform => {
    const digest = sha256(module);
    modules.set(digest, module);
    const artifact = { repository: 'm', digest, mediaType: 'x/y', size: 1 };
    const { components } = releaseSchema.parse({
      apiVersion: 'landfall.dev/v1',
      kind: 'Release',
      product: 'shop',
      title: 'Shop',
      version: '1.0.0',
      inputs: { schema: {} },
      permissions: [],
      components: [{ name, kind: 'terraform', module: artifact, providers: [], ...settings }],
    });
    const [component] = components;
    if (component?.kind !== 'terraform') throw new Error('not a terraform component');
    return { kind: 'terraform', component, variables, fingerprint: sha256(JSON.stringify({ module, variables })) };
  };
  const partsOf = (more: ActOptions, about = ''): TerraformParts => ({
    ...{ effects: runner.effects, kubernetes: install.kubernetes, namespace: 'landfall-system', clock: systemClock },
    workspaces: createWorkspaces({ mirror, workDir: install.workDir, privateDir, cacheBytes: 1e9 }),
    events: {
      event: ({ reason, message }) => void events.push(`${reason}: ${message}`),
      componentState: () => undefined,
      log: (_, message) => void logs.push(message),
    },
    self: { host: hostname(), since: new Date() },
    deadCalls: new Map([[about, [...(more.dead ?? [])]]]),
    lookAgain: () => new Date(),
    policy: { current: () => more.policy ?? runnerPolicySchema.parse({}) },
    isApproved: (component, digest) =>
      (more.policy?.approvals ?? []).some((each) => each.component === component && each.planDigest === digest),
    install: { state, terraformEnv: env },
    tofuIn: (workDir, cliConfigPath, children = {}) =>
      createTofu({
        binary,
        workDir,
        cliConfigPath,
        privateDir,
        env: { ...env, ...children },
        runProcess: more.runProcess ?? real,
      }),
  });
  const stop = runner.stop.signal;
  return {
    real,
    env,
    install,
    privateDir,
    logs,
    events,
    desired,
    act: async (what: DesiredTerraform, more: ActOptions = {}) => {
      let applies = 0;
      const before = async (): Promise<void> => void (applies += 1);
      const outputs = await actTerraform(
        partsOf(more, what.component.name),
        what,
        more.secrets ?? noSecretVariables,
        { before },
        stop,
      );
      return { outputs, applies };
    },
    /** One set of parts for several calls: as one runner makes them. */
    asOneRunner: (more: ActOptions) => {
      const parts = partsOf(more);
      return (what: DesiredTerraform) =>
        actTerraform(parts, what, noSecretVariables, { before: async () => undefined }, stop);
    },
    destroy: (what: DesiredTerraform, more: ActOptions = {}) =>
      destroyTerraform(partsOf(more), what, noSecretVariables, { before: async () => undefined }, stop),
    drift: (what: DesiredTerraform) => lookForDrift(partsOf({}), what, noSecretVariables, stop),
    /** A stored state, or a list of what is in the bucket. */
    keys: async (): Promise<string[]> =>
      ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = '' }) => Key),
    read: async (Key: string): Promise<string> =>
      (await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString()) ?? '',
    close: async () => {
      install.dispose();
      await rm(privateDir, { recursive: true, force: true });
      s3.destroy();
      await account.stop();
    },
  };
}

export type TerraformAccount = Awaited<ReturnType<typeof openTerraformAccount>>;
