import {
  bucketVersioning,
  deleteDeployment,
  deploymentUid,
  eventsName,
  helmHistory,
  imagesFromElsewhere,
  installId,
  podsIn,
  readInstallReport,
  readTelemetry,
  waitUntil,
  withoutVendorRegistry,
} from '../story/index.ts';
import type { World } from '../world/index.ts';
import { ensureTools } from '../tools/index.ts';
import { entityStep } from './entity-step.ts';
import { hold, on, type Stage } from './stage.ts';
import type { Step } from './step-list.ts';

async function historyOf(world: World, release: string): ReturnType<typeof helmHistory> {
  const { config, clock } = world.ground;
  const tool = await ensureTools(['helm'], { config, clock, say: () => undefined });
  return helmHistory({
    helm: tool('helm'),
    kubeconfig: world.cluster.adminKubeconfigPath,
    workDir: world.dir,
    release,
    namespace: 'streaming',
  });
}

/** What happens to an install in its life: an upgrade, a broken release, a control plane that is away. */
export const lifeSteps: Step<Stage>[] = [
  {
    title: 'Publish 1.1.0: unattended upgrade',
    async run(stage, { say }) {
      const world = on(stage, 'world');
      hold((await bucketVersioning(world, eventsName(world))) === 'off', 'the bucket has no versioning in 1.0.0');
      await world.vendorRegistry.start();
      await on(stage, 'vendor').publish('1.1.0', say);
      await withoutVendorRegistry(world, '1.1.0', say);
      if (world.cluster.nodes === 'kubelet') {
        const prober = on(stage, 'prober');
        await waitUntil('the gateway answers as 1.1.0', 120, () =>
          Promise.resolve(prober.last()?.version === '1.1.0' ? true : null),
        );
      }
      await waitUntil('helm has gateway 1.1.0 deployed', 120, async () => {
        const newest = (await historyOf(world, 'gateway')).at(-1);
        return newest?.status === 'deployed' && newest.chart === 'gateway-1.1.0' ? true : null;
      });
      const versioning = await bucketVersioning(world, eventsName(world));
      hold(versioning === 'Enabled', 'the bucket has versioning in 1.1.0');
      const simulated = world.cluster.nodes === 'kwok';
      if (!simulated) {
        await waitUntil('every pod runs from the mirror', 60, async () =>
          imagesFromElsewhere(world, await podsIn(world, 'streaming')).length === 0 ? true : null,
        );
      }
      await settled(stage, '1.1.0');
      return `gateway 1.1.0 ${simulated ? 'deployed (nodes simulated)' : 'live'}; bucket versioning by AWS: off -> ${versioning}`;
    },
  },
  entityStep,
  {
    title: 'Publish 1.2.0, which never gets ready: rollback',
    async run(stage, { say }) {
      const world = on(stage, 'world');
      await world.vendorRegistry.start();
      await on(stage, 'vendor').publish('1.2.0', say);
      await withoutVendorRegistry(world, '1.2.0', say);
      const history = await waitUntil('helm has gone back to gateway 1.1.0', 180, async () => {
        const all = await historyOf(world, 'gateway');
        const tried = all.some((revision) => revision.chart === 'gateway-1.2.0');
        const newest = all.at(-1);
        return tried && newest?.status === 'deployed' && newest.chart === 'gateway-1.1.0' ? all : null;
      });
      await waitUntil('the release is denied, with the reason', 60, async () => {
        const report = await readInstallReport(on(stage, 'vendor').api, installId);
        return report?.denied.some(({ version }) => version === '1.2.0') === true ? true : null;
      });
      if (world.cluster.nodes === 'kubelet') {
        hold(on(stage, 'prober').last()?.version === '1.1.0', 'the gateway still answers as 1.1.0');
      }
      return `helm history: ${history
        .slice(-3)
        .map(({ revision, chart, status }) => `${revision} ${chart} ${status}`)
        .join(', ')}`;
    },
  },
  {
    title: 'Control plane stopped: a deleted Deployment comes back',
    async run(stage) {
      const world = on(stage, 'world');
      await on(stage, 'vendor').controlPlane.stop();
      stage.awaySince = new Date();
      const before = await deploymentUid(world, 'gateway');
      await deleteDeployment(world, 'gateway');
      const after = await waitUntil('the Deployment is there again', 90, async () => {
        const uid = await deploymentUid(world, 'gateway');
        return uid !== null && uid !== before ? uid : null;
      });
      if (world.cluster.nodes === 'kubelet') {
        const gone = new Date();
        await waitUntil('the gateway answers again', 90, () =>
          Promise.resolve((on(stage, 'prober').lastGood() ?? gone) > gone ? true : null),
        );
      }
      return `uid ${before?.slice(0, 8)} -> ${after.slice(0, 8)}, with nobody to ask`;
    },
  },
  {
    title: "Control plane back: the gap's records arrive",
    async run(stage) {
      const since = on(stage, 'awaySince');
      const vendor = on(stage, 'vendor');
      const back = new Date();
      await vendor.controlPlane.start();
      const late = await waitUntil('records from the time away arrive', 120, async () => {
        const records = await readTelemetry(vendor.api, installId);
        const during = records.filter(({ at }) => new Date(at) > since && new Date(at) < back);
        return during.length > 0 ? during : null;
      });
      const lost = late.filter(({ type }) => type === 'gap');
      hold(lost.length === 0, 'no record of the time away was lost');
      return `${late.length} records made while it was away, none lost`;
    },
  },
];

/** The control plane has heard that the whole release is applied. Everything that counts was seen from outside before. */
async function settled(stage: Stage, version: string): Promise<void> {
  await waitUntil(`the report says ${version} is applied`, 60, async () => {
    const report = await readInstallReport(on(stage, 'vendor').api, installId);
    return report?.observed?.version === version ? true : null;
  });
}
