import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { type Registry, type requireEngines, startRegistry } from '../../../../dev/index.ts';
import { type OpenAccount, openAccount } from '../../../../dev/cloud/testing/open-account.ts';
import { bundle } from '../../../testing/bundle.ts';
import { type RealCluster, startRealCluster } from '../../../testing/real-cluster.ts';
import { createPublisher } from './artifacts.ts';
import { type Gate, openGate } from './gate.ts';

/** What all rows share: one control plane with simulated nodes, an account stand-in for states, the vendor's registry and the customer's. */
export type RealWorld = RealCluster & {
  account: OpenAccount;
  s3: S3Client;
  terraformEnv: Record<string, string>;
  vendor: Registry;
  own: Registry;
  publisher: ReturnType<typeof createPublisher>;
  gate: Gate;
  binaries: { helm: string; tofu: string; postRender: string; runner: string };
};

export async function openRealWorld(engines: Awaited<ReturnType<typeof requireEngines>>): Promise<RealWorld> {
  const [world, account] = await Promise.all([startRealCluster(), openAccount({}, () => new Date())]);
  const { ground, cluster } = world;
  const dir = join(ground.dir, 'published');
  await mkdir(dir);
  const [vendor, own, gate, postRender, runner] = await Promise.all([
    startRegistry(ground, { name: 'vendor' }),
    startRegistry(ground, { name: 'customer' }),
    openGate(ground, cluster),
    bundle('post-render/main.ts', ground.dir),
    bundle('reconcile/scenarios/testing/runner-process.ts', ground.dir),
  ]);
  const publisher = createPublisher(vendor, { dir, caPem: ground.authority.certificatePem });
  const admin = account.cloud.people.customerAdmin;
  const s3 = new S3Client({ ...account.as(admin), forcePathStyle: true });
  return {
    ...world,
    ...{ account, s3, vendor, own, publisher, gate },
    terraformEnv: {
      AWS_ENDPOINT_URL: account.cloud.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
    },
    binaries: { helm: engines.path('helm'), tofu: engines.path('tofu'), postRender, runner },
    close: async () => {
      await publisher.close();
      await gate.close();
      s3.destroy();
      await account.stop();
      await world.close();
    },
  };
}
