import { execFile } from 'node:child_process';
import { rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { runnerPolicySchema } from '../../../../contract/index.ts';
import type { KillAt } from '../../../effects/index.ts';
import type { AcceptedState } from '../../../ports.ts';
import { acceptedOf } from '../../../testing/accepted-of.ts';
import { releaseOf } from '../../../testing/release-of.ts';
import { lookInCluster } from '../in-cluster.ts';
import type { ByHand, Wish } from '../scenario.ts';
import type { Sight, Stage } from '../stage.ts';
import { triesAgain } from '../to-rest.ts';
import { chartImage, realComponent } from './contents.ts';
import { createFaults } from './faults.ts';
import { writeGateKubeconfig } from './gate-kubeconfig.ts';
import { type Ran, runProcess } from './run-process.ts';
import { statesIn } from './states.ts';
import type { RealWorld } from './world.ts';

const run = promisify(execFile);
/** A runner that waits for something that comes back is not given up. */
const untilItComesBack = 60;
let stages = 0;

export type RealStage = Stage & { namespaces: { runner: string; product: string } };

/** A row's place in the world: namespaces, a bucket and a part of the registry of its own. Every runner is a process. */
export async function createRealStage(world: RealWorld): Promise<RealStage> {
  const id = ++stages;
  const namespaces = { runner: `landfall-${id}`, product: `shop-${id}` };
  const bucket = `lf-state-${id}`;
  const dir = join(world.ground.dir, `row-${id}`);
  const files = { hold: join(dir, 'hold'), applying: join(dir, 'applying') };
  const workDir = join(dir, 'work');
  await mkdir(workDir, { recursive: true });
  await world.kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaces.runner } });
  const configuration = { LocationConstraint: 'eu-central-1' as const };
  await world.s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: configuration }));
  const kubeconfig = await writeGateKubeconfig(world, join(dir, 'kubeconfig'));
  const faults = createFaults(world, namespaces);
  let policy = runnerPolicySchema.parse({});
  let sequence = 0;
  let helmCalls: string[] = [];
  let tofuCalls: string[] = [];

  const publish = ({ components }: Wish) => world.publisher.publish(components.map(realComponent), files);
  const accepted = async (wish: Wish | null): Promise<AcceptedState> => {
    if (wish === null) return acceptedOf(++sequence, world.vendor.host, null);
    const artifactOf = await publish(wish);
    const made = releaseOf(
      {
        ...{ namespace: namespaces.product, artifactOf, chartImages: [chartImage] },
        healthSeconds: (component) => ('chart' in component && component.chart.ready === false ? 3 : 60),
      },
      wish.version,
      wish.components.map(realComponent),
    );
    return acceptedOf(++sequence, world.vendor.host, made, wish);
  };
  const start = (state: AcceptedState, options: { passes: number; killAt?: KillAt }): Promise<Ran> =>
    runProcess(
      world.binaries.runner,
      dir,
      {
        ...{ kubeconfig, workDir, bucket, policy, state, ...options },
        ...{ namespace: namespaces.runner, product: namespaces.product, prefix: `lf-acme-${id}` },
        ...world.binaries,
        ...{ vendor: world.vendor, own: world.own, caPem: world.ground.authority.certificatePem },
        ...{ terraformEnv: world.terraformEnv, applying: files.applying },
      },
      (line) => {
        if ('helm' in line) helmCalls.push(line.helm);
        if ('tofu' in line) tofuCalls.push(line.tofu);
        if ('passed' in line) faults.passed(line.passed);
      },
    );
  const helm = async (...args: string[]): Promise<string> => {
    const env = { KUBECONFIG: world.cluster.adminKubeconfigPath, PATH: '/usr/bin:/bin', HOME: dir };
    return (await run(world.binaries.helm, [...args, `--namespace=${namespaces.product}`], { env })).stdout;
  };

  return {
    namespaces,
    publish: async (wish) => void (await publish(wish)),
    run: async (wish, { passes } = {}) => {
      const state = await accepted(wish);
      const tries = passes ?? (faults.comesBack() ? untilItComesBack : triesAgain);
      for (let attempt = 0; ; attempt++) {
        const ran = await start(state, { passes: tries });
        if (ran.ended !== null) return ran.ended;
        if (attempt >= triesAgain) throw new Error(`no runner came to an end: ${ran.how}`);
      }
    },
    runAndKill: async (wish, killAt) => {
      const state = await accepted(wish);
      await writeFile(files.hold, '');
      const ran = await start(state, { passes: triesAgain, killAt });
      await rm(files.hold);
      if (ran.how !== 'SIGKILL') throw new Error(`it was to be killed at ${killAt.kind}, and ended by ${ran.how}`);
      await requireInTheMiddle(killAt);
    },
    meddle,
    policy: (now) => {
      policy = now;
    },
    now: () => new Date(),
    strike: (fault) => faults.strike(fault),
    heal: () => faults.heal(),
    calls: () => [...helmCalls, ...tofuCalls],
    forgetCalls: () => {
      helmCalls = [];
      tofuCalls = [];
    },
    look,
    close: async () => void (await faults.heal()),
  };

  async function look(): Promise<Sight> {
    const rows = z.array(z.object({ name: z.string(), status: z.string() }));
    const listed = rows.parse(JSON.parse(await helm('list', '--output=json')));
    return {
      ...(await lookInCluster(world.kubernetes, namespaces)),
      releases: Object.fromEntries(listed.map(({ name, status }) => [name, status])),
      ...(await statesIn(world.s3, bucket)),
    };
  }

  async function meddle(meddling: ByHand): Promise<void> {
    const { kubernetes } = world;
    const namespace = namespaces.product;
    if ('deletes' in meddling) {
      const apiVersion = meddling.deletes === 'Deployment' ? 'apps/v1' : 'v1';
      await kubernetes.delete({ apiVersion, kind: meddling.deletes, namespace, name: meddling.name });
    } else if ('uninstalls' in meddling) {
      await helm('uninstall', meddling.uninstalls, '--wait');
    } else if ('leavesPending' in meddling) {
      const labelSelector = `owner=helm,name=${meddling.leavesPending},status=deployed`;
      const { items } = await kubernetes.list({ apiVersion: 'v1', kind: 'Secret', namespace, labelSelector });
      const name = items[0]?.metadata.name ?? '';
      const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
      await kubernetes.patch(ref, { metadata: { labels: { status: 'pending-upgrade' } } });
    } else {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: meddling.edits };
      await kubernetes.patch(ref, { data: meddling.data });
    }
  }

  /** The engine under way was killed before it was through. */
  async function requireInTheMiddle({ kind }: KillAt): Promise<void> {
    const sight = await look();
    const pending = Object.values(sight.releases).some((status) => status.startsWith('pending-'));
    if (kind.startsWith('helm-') && !pending)
      throw new Error(`no release is pending: ${JSON.stringify(sight.releases)}`);
    if (kind === 'terraform-apply' && !sight.locked) throw new Error('the state is not locked');
  }
}
