import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateAccessEntryCommand, DescribeAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Report } from '../../contract/index.ts';
import { handsIn } from '../../dev/cloud/testing/open-account.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { readInstallReport, readTelemetry, roleExists, waitUntil } from '../../dev/story/index.ts';
import { startControlPlaneProcess } from '../../dev/story/control-plane-process.ts';
import { effectKinds } from '../../runner/index.ts';
import { clusterName, readStateBucket, stateClient, makeEndedPolicy } from './support-kill/account.ts';
import { install, type KillWorld, startKillWorld } from './support-kill/kill-world.ts';
import { look, type Seen, wholly } from './support-kill/look.ts';
import { namespace, type Shape, slowNodeLabel } from './support-kill/product.ts';
import { type KillAt, processesOf, type RunnerProcess, startRunnerProcess } from './support-kill/runner-process.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu', 'moto', 'registry');
type Kind = KillAt['kind'];
/** `prepare`: after the release is published and before the kill, without a runner. */
type Upgrade = { kind: Kind; at: KillAt['when'][]; shape?: Shape; prepare?: () => Promise<void> };

let kill: KillWorld;
let s3: S3Client;
let minor = 0;
let starts = 0;
let running: RunnerProcess[] = [];
/** What hung once stays in the module: a plan that takes a resource away waits for the customer. */
let hasHung = false;
const hung = (): Shape => (hasHung ? { applyHangsAt: inTest('begun') } : {});
const inTest = (name: string): string => join(kill.world.dir, 'test', name);

/** Kinds of effects of an upgrade: the runner is killed at each, in an upgrade of its own. In this order: each row finds what the one before left. */
const upgrades: Upgrade[] = [
  { kind: 'store-accepted', at: ['after'] },
  { kind: 'mirror-copy', at: ['during'] },
  { kind: 'store-transition', at: ['after'] },
  { kind: 'terraform-init', at: ['during'] },
  { kind: 'terraform-plan', at: ['during'] },
  { kind: 'store-component', at: ['after'] },
  { kind: 'terraform-apply', at: ['during', 'after'] },
  {
    kind: 'terraform-unlock',
    at: ['after'],
    shape: { applyHangsAt: 'set below' },
    prepare: killInTheMiddleOfTerraform,
  },
  { kind: 'helm-repair', at: ['after'], prepare: deleteSteady },
  { kind: 'helm-upgrade', at: ['during', 'after'] },
  { kind: 'helm-unlock', at: ['after'], shape: { migrationWaits: true }, prepare: killInTheMiddleOfHelm },
  { kind: 'helm-install', at: ['during'], shape: { extraIn: namespace } },
  { kind: 'helm-uninstall', at: ['during'] },
  { kind: 'namespace-create', at: ['after'], shape: { extraIn: 'shop-more' } },
  { kind: 'store-last-good', at: ['after'] },
  { kind: 'store-status', at: ['after'] },
];
/** Kinds that no upgrade has; each has a test of its own below. */
const others = [
  'enrol',
  'helm-rollback',
  'workload-restart',
  'ending-access-entry',
  'ending-role-policies',
  'ending-role',
] as const satisfies readonly Kind[];
/**
 * Killed elsewhere: `runner-move` in runner/reconcile/base-layer.test.ts (no node group of a cloud is here to move between); charts' definitions and
 * tests, states that could not be written, secret outputs, manifests and jobs at every moment in runner/reconcile/killed/kill-points.matrix.test.ts, on the fake
 * API server that keeps to the real one's contract; remedies in runner/reconcile/remedies.test.ts; the rest where it is made.
 */
const elsewhere = [
  'runner-move',
  'helm-crds',
  'helm-recreate',
  'helm-prune',
  'helm-test',
  'terraform-rescue',
  'terraform-outputs',
  'manifests-apply',
  'manifests-prune',
  'job-create',
  'job-expire',
  'mirror-remove',
  'pull-secret',
  'entity-list',
  'entity-record',
  'entity-secret',
  'entity-remove',
  'remedy-attachment',
  'remedy-pod',
  'remedy-job',
  'secret-keep',
  'secret-remove',
  'account-grant',
  'account-revoke',
  'rights-request',
] as const satisfies readonly Kind[];

it('has a row for every kind of effect', () => {
  expect([...upgrades.map(({ kind }) => kind), ...others, ...elsewhere].sort()).toEqual([...effectKinds].sort());
});

describe.skipIf(!engines.available)('a runner killed with SIGKILL on real engines', () => {
  beforeAll(async () => {
    kill = await startKillWorld({ helm: engines.path('helm'), tofu: engines.path('tofu') }, startControlPlaneProcess);
    s3 = stateClient(kill.world.cloud);
    await kill.publish('1.0.0');
  });
  afterEach(async () => {
    for (const runner of running) await runner.kill(); // Of a test that failed: it would hold the lease.
  });
  afterAll(async () => {
    s3?.destroy();
    await kill?.close();
  });

  it('enrol, after: the next one enrols with the same token and installs', async () => {
    await killedAt({ kind: 'enrol', when: 'after' });
    await reaches('1.0.0');
    expect(await seen()).toEqual(wholly('1.0.0'));
  });

  const rows = upgrades.flatMap((row) => row.at.map((when) => ({ kind: row.kind, when, row })));
  it.each(rows)('$kind, $when: the next one ends with the new release, and nothing is left behind', async (given) => {
    const { kind, when, row } = given;
    const { extraIn, applyHangsAt } = row.shape ?? {};
    const version = nextVersion();
    hasHung ||= applyHangsAt !== undefined;
    await kill.publish(version, { ...row.shape, ...hung() });
    await row.prepare?.();
    await killedAt({ kind, when });
    await reaches(version);
    expect(await seen(extraIn)).toEqual(wholly(version, extraIn !== undefined));
  });

  it('workload-restart, after: the same request is one restart', async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    const generation = async (): Promise<number> =>
      z
        .object({ metadata: z.object({ generation: z.number() }) })
        .parse((await kill.world.cluster.admin.call('GET', path)).body).metadata.generation;
    const before = await generation();
    const restart = { id: 'restart-1', verb: 'restart', component: 'web' };
    await kill.api.call('POST', `/v1/installs/${install}/requests`, z.unknown(), restart);
    await killedAt({ kind: 'workload-restart', when: 'after' });
    const runner = await start();
    const events = async (): Promise<string> => JSON.stringify(await readTelemetry(kill.api, install));
    await expect.poll(events, { timeout: 30_000 }).toMatch(/restart-1 \(restart\) was carried out/);
    expect(await runner.stop()).toBe(0);
    expect(await generation()).toBe(before + 1);
  });

  it('ending-access-entry, ending-role-policies, ending-role, after each: the install role ends all the same', async () => {
    const hands = handsIn(kill.world.cloud);
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: kill.world.cloud.people.vendorInstaller.arn },
      Action: 'sts:AssumeRole',
    };
    const installRoleName = 'acme-install';
    const installRoleArn = await hands.makeRole(installRoleName, trust, [
      { Effect: 'Allow', Action: 'eks:*', Resource: '*' },
    ]);
    await makeEndedPolicy(kill.world.cloud, kill.config.install.prefix);
    const eks = new EKSClient(hands.admin);
    await eks.send(new CreateAccessEntryCommand({ clusterName, principalArn: installRoleArn }));
    await writeFile(kill.configPath, JSON.stringify({ ...kill.config, ending: { installRoleName, installRoleArn } }));
    for (const kind of ['ending-access-entry', 'ending-role-policies', 'ending-role'] as const) {
      await killedAt({ kind, when: 'after' });
    }
    await reported((report) => report.ending?.done === true);
    expect(await roleExists(kill.world, installRoleName)).toBe(false);
    await expect(
      eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn: installRoleArn })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    eks.destroy();
  });

  it('helm-rollback, during: the next one goes on going back', async () => {
    const good = `1.${minor}.0`;
    const broken = nextVersion();
    await kill.publish(broken, { broken: true, ...hung() });
    await killedAt({ kind: 'helm-rollback', when: 'during' });
    const denied = (report: Report): boolean => report.denied.some(({ version }) => version === broken);
    await reported((report) => denied(report) && hasReason(report, 'Stalled', 'PartiallyRolledBack'));
    // Terraform is forward-only here: it stays where the broken release has brought it.
    expect(await seen()).toEqual({ ...wholly(good), terraform: broken });
  });
});

function nextVersion(): string {
  minor += 1;
  return `1.${minor}.0`;
}

const seen = (extraIn?: string): Promise<Seen> => look(kill, s3, engines.path('helm'), extraIn);

async function start(killAt?: KillAt): Promise<RunnerProcess> {
  starts += 1;
  const { bundle, configPath, config } = kill;
  const logPath = inTest(`runner-${starts}.log`);
  const options = { bundle, configPath, workDir: config.workDir, logPath };
  const runner = await startRunnerProcess({ ...options, ...(killAt === undefined ? {} : { killAt }) });
  running = [...running.filter((other) => other.running()), runner];
  return runner;
}

/** A runner starts, and dies by its own SIGKILL at that effect; what it had started dies with it. */
async function killedAt(killAt: KillAt): Promise<void> {
  const runner = await start(killAt);
  const how = await Promise.race([
    runner.ended,
    new Promise((resolve) => setTimeout(resolve, 60_000, 'nothing').unref()),
  ]);
  if (how !== 'SIGKILL') throw new Error(`ended by ${String(how)} instead of at ${killAt.kind}: ${await runner.log()}`);
  await nothingIsLeft();
}

async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => processesOf(kill.config.workDir), { timeout: 10_000, interval: 50 }).toEqual([]);
}

/** A runner without a kill point starts, reports what is waited for, and is stopped. */
async function reported(holds: (report: Report) => boolean): Promise<void> {
  const runner = await start();
  await waitUntil('the runner reports it', 60, async () => {
    const report = await readInstallReport(kill.api, install);
    return !runner.running() || (report !== null && holds(report)) ? true : null;
  }).catch(async (error: unknown) => {
    throw new Error(`not reported; the runner wrote: ${await runner.log()}`, { cause: error });
  });
  expect(await runner.stop()).toBe(0);
  await nothingIsLeft();
}

const reaches = (version: string): Promise<void> =>
  reported((report) => report.observed?.version === version && hasReason(report, 'Ready', 'Applied'));

function hasReason(report: Report, type: string, reason: string): boolean {
  return report.conditions.some(
    (condition) => condition.type === type && condition.reason === reason && condition.status === 'True',
  );
}

async function killInTheMiddleOfTerraform(): Promise<void> {
  const runner = await start();
  await expect.poll(() => existsSync(inTest('begun')), { timeout: 60_000, interval: 20 }).toBe(true);
  expect(processesOf(kill.config.workDir).join()).toMatch(/tofu .*sleep 600/);
  await runner.kill();
  await nothingIsLeft();
  expect((await readStateBucket(s3)).keys).toContain('components/settings/terraform.tfstate.tflock');
}

async function killInTheMiddleOfHelm(): Promise<void> {
  const runner = await start();
  await expect.poll(async () => (await seen()).web, { timeout: 60_000 }).toMatch(/pending-upgrade/);
  expect(processesOf(kill.config.workDir).join()).toMatch(/helm upgrade/);
  await runner.kill();
  await nothingIsLeft();
  expect((await seen()).pending).toEqual(['pending-upgrade']);
  const [node] = kill.world.cluster.nodeNames;
  const labels = { [slowNodeLabel]: 'true' };
  await kill.world.cluster.admin.call('PATCH', `/api/v1/nodes/${node}`, { metadata: { labels } });
}

async function deleteSteady(): Promise<void> {
  await kill.world.cluster.admin.call('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/steady`);
}
