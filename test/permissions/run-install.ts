import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { destroyInstall } from '../../install/index.ts';
import { openBaseUpgrade } from '../../runner/testing/base-upgrade.ts';
import { installNames, synthesise, toVariables } from '../../stacks/index.ts';
import { engines, type RecordedAccount, type RecordedInstall } from './recorded-account.ts';
import { runnerToken } from '../../dev/cloud/testing/runner-session.ts';

const moduleSchema = z.looseObject({
  variable: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })),
  resource: z.record(z.string(), z.record(z.string(), z.looseObject({}))),
});
export type Module = z.infer<typeof moduleSchema>;

/** The runner takes the base layer over and then upgrades it to `change`d modules, with whatever approval that asks for. */
export async function upgradeByRunner(
  account: RecordedAccount,
  { place, inputs, values }: RecordedInstall,
  change: (module: Module) => void,
): Promise<string[]> {
  const names = installNames({ ...place, clusterName: inputs.base.clusterName });
  const permissions = [...(inputs.account.productPermissions ?? [])];
  const dir = account.context(place.installId).workDir;
  const { dir: original } = await synthesise({ stack: 'base', outDir: join(dir, 'release') });
  const changed = join(dir, 'release-2');
  await cp(original, changed, { recursive: true });
  const module = moduleSchema.parse(JSON.parse(await readFile(join(original, 'cdk.tf.json'), 'utf8')));
  change(module);
  await writeFile(join(changed, 'cdk.tf.json'), JSON.stringify(module));
  const tokenFile = join(dir, 'token');
  await mkdir(dir, { recursive: true });
  await writeFile(tokenFile, await runnerToken(account));
  const runner = await openBaseUpgrade({
    endpoint: account.cloud.endpoint,
    podIdentityUrl: account.cloud.podIdentity.hostUrl,
    tokenFile,
    tofu: engines.path('tofu'),
    providersDir: engines.path('aws-provider'),
    ...place,
    prefix: names.prefix,
    cluster: names.cluster,
    stateBucket: names.stateBucket,
    stateKeyArn: values['state-key'],
    variables: toVariables({ stack: 'base', inputs: inputs.base }),
    ...(inputs.base.mode === undefined ? {} : { mode: inputs.base.mode }),
  });
  try {
    const results: string[] = [];
    for (const wish of [
      { module: original, version: '1.0.0', permissions },
      { module: changed, version: '1.1.0', permissions },
    ]) {
      let result = await runner.upgrade(wish);
      const { component, planDigest } = runner.status().waitingFor?.details ?? {};
      if (result.kind === 'waiting' && component !== undefined && planDigest !== undefined) {
        result = await runner.upgrade({ ...wish, approvals: [{ component, planDigest }] });
      }
      results.push(result.kind === 'waiting' ? `waiting: ${result.reason}: ${result.message}` : result.kind);
    }
    return results;
  } finally {
    await runner.close();
  }
}

/** Takes the install away, and with it what controllers in the cluster made meanwhile. */
export async function tearDown(account: RecordedAccount, install: RecordedInstall): Promise<void> {
  const { place, inputs } = install;
  if (inputs.base.mode === undefined) await leaveControllersThings(account, install);
  await destroyInstall(account.context(place.installId), {
    account: inputs.account,
    base: inputs.base,
    credentials: account.cloud.people.customerAdmin,
    keep: [],
    product: 'keep',
    waitMs: 1,
  });
}

/** A volume in the manner of each controller; load balancers and the rest are in install/teardown/teardown.engines.test.ts. */
async function leaveControllersThings(account: RecordedAccount, { place, outputs }: RecordedInstall): Promise<void> {
  const { clusterName: cluster } = outputs;
  const ec2 = new EC2Client(account.admin);
  for (const [Key, Value] of [
    [`kubernetes.io/cluster/${cluster}`, 'owned'],
    ['elbv2.k8s.aws/cluster', cluster],
    ['eks:eks-cluster-name', cluster],
    ['cluster.k8s.amazonaws.com/name', cluster],
  ]) {
    const TagSpecifications = [{ ResourceType: 'volume' as const, Tags: [{ Key, Value }] }];
    await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${place.region}a`, Size: 8, TagSpecifications }));
  }
}
