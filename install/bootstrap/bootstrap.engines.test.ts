import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../dev/cloud/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/tools/index.ts';
import { createAuthority } from '../../dev/world/index.ts';
import { installNames } from '../../stacks/index.ts';
import { accountInputs, assumeInstallRole, baseInputs, installAccount, installBase } from '../index.ts';
import { adminOf, endAsTheRunnerDoes, joinToken, type JobGround, openJobGround } from './testing/job-ground.ts';
import type { JobResult } from './testing/job-process.ts';
import { stateFacts } from './testing/state-facts.ts';

const engines = await requireEngines(...simulatedCluster, 'tofu', 'helm', 'aws-provider', 'moto', 'registry');
describe.skipIf(!engines.available)('the one-shot job inside the account', () => {
  let ground: JobGround;
  const builds: JobResult[] = [];
  const build: JobGround['build'] = async (...of) => {
    const result = await ground.build(...of);
    builds.push(result);
    return result;
  };
  const refused = (): string[] =>
    ground.world.cloud
      .recording()
      .flatMap((call) => (call.denied === undefined ? [] : [`${call.service}:${call.action}`]));

  beforeAll(async () => {
    ground = await openJobGround((name) => engines.path(name));
  });
  afterAll(() => ground?.close());

  it('is killed in the middle of the base, and another container goes on to the end', async () => {
    const killed = await build('base', { killAt: /aws_eks_cluster\.cluster.* done/ });
    expect(killed.exitCode).not.toBe(0);
    const again = await build('base');
    expect(again.lines.slice(-12).join('\n')).not.toContain('LF-');
    expect(again.exitCode).toBe(0);
    expect(refused()).toEqual([]);
  });

  it('tells the second run which network the cluster is in', async () => {
    const exports = await readFile(join(ground.dir, 'exports'), 'utf8');
    expect(exports).toMatch(/^export LANDFALL_VPC_ID='vpc-[0-9a-f]+'$/m);
    expect(exports).toMatch(/^export LANDFALL_SUBNET_IDS='subnet-[0-9a-f]+(,subnet-[0-9a-f]+){2}'$/m);
    expect(exports).toMatch(/^export LANDFALL_SECURITY_GROUP_ID='sg-[0-9a-f]+'$/m);
    const read = execFileSync('/bin/sh', ['-c', `. ${join(ground.dir, 'exports')}; printf %s "$LANDFALL_VPC_ID"`]);
    expect(read.toString()).toMatch(/^vpc-[0-9a-f]+$/);
  });

  it('leaves the same state as the laptop’s way', async () => {
    const { world, dir, file, contextFor } = ground;
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
    const { world } = ground;
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
    expect(said).not.toContain(ground.world.vendorRegistry.password);
    const late = await build('hand-off');
    expect(late.exitCode).toBe(1);
    expect(late.lines.join('\n')).toContain('LF-TEMPLATES-005');
  });

  async function stateOf(cloud: Cloud): Promise<string> {
    const s3 = new S3Client({ ...adminOf(cloud), forcePathStyle: true });
    const { stateBucket } = installNames({ installId: 'acme', accountId: cloud.accountId, region: cloud.region });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: stateBucket, Key: 'base/terraform.tfstate' }));
    return (await Body?.transformToString()) ?? '';
  }
});
