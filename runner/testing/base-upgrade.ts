import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Agent } from 'undici';
import * as z from 'zod';
import {
  generateKeyPair,
  type JsonObject,
  type Permission,
  type RunnerPolicy,
  runnerPolicySchema,
  sha256,
  systemClock,
} from '../../contract/index.ts';
import { createGroupGuard, createProcessRunner, createTofu } from '../../engines/index.ts';
import { createAwsClients } from '../aws/index.ts';
import { baseOfInstall, permissionsOfInstall } from '../assembly/base-of-install.ts';
import { runnerConfigSchema } from '../config.ts';
import { kubeObjectSchema } from '../kubernetes/types.ts';
import type { KillAt } from '../effects/index.ts';
import type { PassResult } from '../ports.ts';
import { createFakeInstall, type FakeInstall } from './fake-install.ts';

export type BaseUpgradeOptions = {
  /** Of the stand-in: where AWS is, and where processes of this machine get Pod Identity's credentials. */
  endpoint: string;
  podIdentityUrl: string;
  /** A token of the runner's service account. */
  tokenFile: string;
  tofu: string;
  providersDir: string;
  installId: string;
  accountId: string;
  region: string;
  /** As the install named them. */
  prefix: string;
  cluster: string;
  stateBucket: string;
  stateKeyArn: string;
  /** The base module's variables as the install applied them. */
  variables: JsonObject;
  mode?: 'full' | 'vpc' | 'cluster';
};

export type UpgradeWish = {
  /** Folder of the synthesised base module that the release carries. */
  module: string;
  version: string;
  permissions?: Permission[];
  upgradePermissions?: Permission[];
  approvals?: NonNullable<RunnerPolicy['approvals']>;
  killAt?: KillAt;
};

export type BaseUpgrade = {
  /** One pass of a runner that starts anew, on an install that remembers the ones before. */
  pass(wish: UpgradeWish): Promise<PassResult | 'killed'>;
  /** Pass after pass while the runner moves or a lock goes; what it waits for otherwise is the answer. */
  upgrade(wish: UpgradeWish): Promise<PassResult>;
  status(): ReturnType<Awaited<ReturnType<FakeInstall['startRunner']>>['reconciler']['status']>;
  /** The node group that the runner runs on. */
  runOn(nodeGroup: string | null): Promise<void>;
  close(): Promise<void>;
};

const specSchema = z.object({
  template: z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) }),
});
const namespace = 'landfall-system';
const pod = { namespace, name: 'landfall-runner-0' };

/**
 * The runner's reconciler on a real base layer: the real engine and provider, its own and the upgrade role by the stand-in's Pod Identity; the
 * cluster, the mirror and Helm are fakes.
 */
export async function openBaseUpgrade(options: BaseUpgradeOptions): Promise<BaseUpgrade> {
  const install = createFakeInstall();
  const dir = await mkdtemp(join(tmpdir(), 'lf-base-upgrade-'));
  const guard = createGroupGuard();
  const dispatcher = new Agent();
  const { publicKeyPem } = generateKeyPair();
  const podIdentity = { credentialsUri: options.podIdentityUrl, tokenFile: options.tokenFile };
  const config = runnerConfigSchema.parse({
    install: {
      id: options.installId,
      product: 'shop',
      region: options.region,
      account: options.accountId,
      cluster: options.cluster,
      prefix: options.prefix,
    },
    registry: { host: 'registry.test', prefix: options.prefix },
    state: { kind: 's3', bucket: options.stateBucket, region: options.region, kmsKeyArn: options.stateKeyArn },
    controlPlane: { url: 'https://vendor.test' },
    vendorRegistry: { host: 'vendor.test' },
    trust: { releaseKeys: [publicKeyPem], desiredStateKeys: [publicKeyPem] },
    aws: { endpointUrl: options.endpoint, podIdentity },
    base: {
      variables: options.variables,
      upgradeRoleArn: `arn:aws:iam::${options.accountId}:role/${options.prefix}-upgrade`,
      mode: options.mode ?? 'full',
    },
    permissionsUpdateUrl: 'https://console.aws.amazon.com/cloudformation/home',
  });
  const aws = createAwsClients({
    region: options.region,
    endpointUrl: options.endpoint,
    podIdentity,
    dispatcher,
    clock: systemClock,
  });
  const runProcess = createProcessRunner({ clock: systemClock, guard });
  const env = {
    AWS_REGION: options.region,
    AWS_ENDPOINT_URL: options.endpoint,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: options.podIdentityUrl,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: options.tokenFile,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const { kubernetes } = install;
  const put = (object: object): Promise<unknown> =>
    kubernetes.apply(kubeObjectSchema.parse(object), { fieldManager: 'test', force: true });
  await put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'landfall-runner' }, spec: {} });
  await put({ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec: { nodeName: 'n1' } });
  const runOn = async (nodeGroup: string | null): Promise<void> => {
    const labels = nodeGroup === null ? {} : { 'eks.amazonaws.com/nodegroup': nodeGroup };
    await kubernetes.delete({ apiVersion: 'v1', kind: 'Node', name: 'n1' });
    await put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels } });
  };
  await runOn(null);
  /** As the Deployment's controller: the new pod carries the template's annotations. */
  const restartPod = async (): Promise<void> => {
    const deployment = await kubernetes.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace,
      name: 'landfall-runner',
    });
    const { template } = specSchema.parse(deployment?.['spec']);
    await kubernetes.delete({ apiVersion: 'v1', kind: 'Pod', ...pod });
    await put({ apiVersion: 'v1', kind: 'Pod', metadata: { ...pod, ...template.metadata }, spec: { nodeName: 'n1' } });
  };

  const modules = new Map<string, string>();
  const mirror = {
    ...install.mirror,
    fetchModule: async (artifact: { digest: string }, into: string): Promise<void> => {
      await cp(modules.get(artifact.digest) ?? '', into, { recursive: true });
    },
    // <host>/<namespace>/<type>/<version>/<platform>: of these the engine follows no link but the last.
    fetchProviders: async (_: unknown, into: string): Promise<void> => {
      for (const path of await readdir(options.providersDir, { recursive: true })) {
        if (path.split('/').length !== 5) continue;
        await mkdir(join(into, dirname(path)), { recursive: true });
        await symlink(await realpath(join(options.providersDir, path)), join(into, path)).catch(() => undefined);
      }
    },
  };
  let last: Awaited<ReturnType<FakeInstall['startRunner']>> | undefined;
  const pass = async (wish: UpgradeWish): Promise<PassResult | 'killed'> => {
    const content = await readFile(join(wish.module, 'cdk.tf.json'), 'utf8');
    const component = { name: 'base', base: {}, module: sha256(content), needs: wish.upgradePermissions ?? [] };
    const release = install.release(wish.version, [component], wish.permissions);
    const [made] = release.release.components;
    if (made?.kind === 'terraform') modules.set(made.module.digest, wish.module);
    install.policy.now = runnerPolicySchema.parse({ approvals: wish.approvals });
    last = await install.startRunner({
      ...(wish.killAt === undefined ? {} : { killAt: wish.killAt }),
      over: {
        clock: systemClock,
        workDir: dir,
        mirror,
        tofuIn: (workDir, cliConfigPath, more = {}) =>
          createTofu({ binary: options.tofu, workDir, cliConfigPath, env: { ...env, ...more }, runProcess }),
        install: {
          ...install.facts,
          id: options.installId,
          region: options.region,
          account: options.accountId,
          prefix: options.prefix,
          state: { kind: 's3', bucket: options.stateBucket, region: options.region, kmsKeyArn: options.stateKeyArn },
          terraformEnv: env,
        },
        base: baseOfInstall({ config, kubernetes, aws, pod }),
        given: permissionsOfInstall({ config, aws }),
      },
    });
    return last.pass(install.accept(release));
  };
  return {
    pass,
    runOn,
    upgrade: async (wish) => {
      let result = await pass(wish);
      while (result !== 'killed' && result.kind === 'waiting' && result.reason === 'RunnerMoving') {
        await restartPod();
        const group = /before (\S+) is updated/.exec(result.message)?.[1] ?? '';
        await runOn(`not-${group}`);
        result = await pass(wish);
      }
      if (result === 'killed') throw new Error('killed');
      return result;
    },
    status: () => {
      if (last === undefined) throw new Error('no pass was made');
      return last.reconciler.status();
    },
    close: async () => {
      guard.stop();
      aws.close();
      await dispatcher.destroy();
      install.dispose();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
