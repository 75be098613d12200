import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { type Cloud, startCloud } from '../../dev/cloud/index.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import { createAuthority } from '../../dev/world/index.ts';
import { createProcessRunner } from '../../engines/index.ts';
import { installNames } from '../../stacks/index.ts';
import { installAccount, installBase, type InstallContext, type InstallSession, planBase } from '../index.ts';

const engines = await requireEngines('tofu', 'aws-provider', 'moto', 'registry');

describe.skipIf(!engines.available)('a base layer whose state is lost', () => {
  let dir: string;
  let cloud: Cloud;
  let context: InstallContext;
  let session: InstallSession;
  const said: string[] = [];
  const place = () => ({ installId: 'acme', accountId: cloud.accountId, region: cloud.region });
  const calls = (action: string): number => cloud.recording().filter((call) => call.action === action).length;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-lost-state-'));
    cloud = await startCloud({
      dir: join(dir, 'cloud'),
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(dir),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    const cluster = { endpoint: 'https://127.0.0.1:6443', caPem: 'a CA', issuer: 'https://kubernetes.test' };
    cloud.attachCluster({ ...cluster, serviceAccountPublicKeyPem: '' });
    context = {
      clock: systemClock,
      runProcess: createProcessRunner({ clock: systemClock }),
      say: ({ text }) => said.push(text),
      engines: { tofu: engines.path('tofu'), helm: '' },
      providerMirror: engines.path('aws-provider'),
      workDir: join(dir, 'work'),
      awsEndpointUrl: cloud.endpoint,
    };
    const project = 'lf-acme-bootstrap';
    await installAccount(context, {
      inputs: {
        ...place(),
        installPrincipal: { kind: 'codebuild', project },
        installExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
      credentials: cloud.people.customerAdmin,
    });
    const { arn } = installNames(place()).roles.install;
    const sourceArn = `arn:aws:codebuild:${cloud.region}:${cloud.accountId}:project/${project}`;
    const given = await cloud.serviceSession('codebuild.amazonaws.com', arn, { sourceArn });
    session = { ...given, roleArn: arn };
  });
  afterAll(async () => {
    await cloud?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('is taken back into a new state: nothing is made, changed or removed, and the next plan is empty', async () => {
    const { outputs } = await installBase(context, { inputs: place(), session });
    await loseState();
    const made = ['CreateVpc', 'CreateCluster', 'CreateNodegroup', 'CreateRepository'].map(calls);

    const again = await installBase(context, { inputs: place(), session });
    expect(again.outputs).toEqual(outputs);
    expect(['CreateVpc', 'CreateCluster', 'CreateNodegroup', 'CreateRepository'].map(calls)).toEqual(made);
    expect(calls('DeleteCluster') + calls('DeleteNodegroup') + calls('DeleteVpc')).toBe(0);
    expect(again.changes).toMatchObject({ add: 0, remove: 0 });
    expect(said.join('\n')).toContain('aws_eks_cluster.cluster[0]');
    expect(await planBase(context, { inputs: place(), session })).toMatchObject({ changed: false });
    expect(cloud.recording().flatMap((call) => (call.denied === undefined ? [] : [call.action]))).toEqual([]);
  });

  /** With every version: as if somebody had emptied the bucket. */
  async function loseState(): Promise<void> {
    const s3 = new S3Client({
      endpoint: cloud.endpoint,
      region: cloud.region,
      credentials: cloud.people.customerAdmin,
      forcePathStyle: true,
    });
    const Bucket = installNames(place()).stateBucket;
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'base/' }));
    const Objects = Versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
});
