import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Report } from '../../contract/index.ts';
import {
  bucketVersioning,
  eventsName,
  gatewayUrl,
  installId,
  readInstallReport,
  readTelemetry,
  waitUntil,
  withoutVendorRegistry,
} from '../../dev/story/index.ts';
import { requireEngines } from '../../dev/tools/index.ts';
import type { World } from '../../dev/world/index.ts';
import { installed, type Installed, storyEngines } from './testing/installed.ts';
import { refusedCalls } from './testing/refused-calls.ts';

const engines = await requireEngines(...storyEngines);

/** One upgrade, from which at each of its phases something is taken away that the runner needs there. */
describe.skipIf(!engines.available)('an upgrade while what it needs is away', () => {
  let install: Installed;
  let world: World;
  const say = (): void => undefined;
  const report = (): Promise<Report | null> => readInstallReport(install.vendor.api, installId);
  let url = '';
  const gatewayVersion = async (): Promise<string> =>
    z.object({ version: z.string() }).parse(await (await fetch(url)).json()).version;
  const pause = async (paused: boolean): Promise<void> => {
    const path = '/apis/landfall.dev/v1alpha1/namespaces/landfall-system/runnerpolicies/default';
    const { status } = await world.cluster.admin.call('PATCH', path, { spec: { paused } });
    expect(status).toBe(200);
  };
  /** What the runner says at the control plane, once it says it. */
  const waitsFor = (reason: string, message: string): Promise<string> =>
    waitUntil(`the runner waits for ${reason}: ${message}`, 60, async () => {
      const told = (await report())?.waitingFor;
      return told?.reason === reason && told.message.includes(message) ? told.message : null;
    });
  /** What answers at the gateway, and what the control plane was told. */
  const versions = async (): Promise<{ live: string; told: string | undefined }> => ({
    live: await gatewayVersion(),
    told: (await report())?.observed?.version,
  });
  const old = { live: '1.0.0', told: '1.0.0' };

  beforeAll(async () => {
    install = await installed({ values: { longestBackoffMs: 2000 } });
    ({ world } = install);
    await waitUntil('1.0.0 is applied', 180, async () =>
      (await report())?.observed?.version === '1.0.0' ? true : null,
    );
    url = await gatewayUrl(world);
    await install.vendor.register('1.1.0', say);
  }, 500_000);
  afterAll(() => install?.stop());

  it('waits for the vendor’s registry before it accepts a release', async () => {
    await world.vendorRegistry.stop();
    await install.vendor.promote('1.1.0');
    await waitsFor('VendorRegistryUnreachable', world.vendorRegistry.host);
    expect(await versions()).toEqual(old);
    // So that the next phase begins when the next test wants it to.
    await pause(true);
    await world.vendorRegistry.start();
    await waitUntil('1.1.0 is accepted', 60, async () => {
      const told = await report();
      return told?.desired?.version === '1.1.0' && told.waitingFor?.reason === 'Paused' ? true : null;
    });
  });

  it('waits for the vendor’s registry while it fills the mirror', async () => {
    await world.vendorRegistry.stop();
    await pause(false);
    await waitsFor('RegistryUnavailable', world.vendorRegistry.host);
    expect(await versions()).toEqual(old);
  });

  it('waits for the account’s registry while it fills the mirror', async () => {
    await world.cloud.registry.stop();
    await world.vendorRegistry.start();
    await waitsFor('RegistryUnavailable', world.cloud.registry.host);
    expect(await versions()).toEqual(old);
    await world.cloud.registry.start();
    await withoutVendorRegistry(world, '1.1.0', say);
    await waitUntil('the runner waits for nothing', 60, async () =>
      (await report())?.waitingFor === null ? true : null,
    );
  });

  it('waits for the account’s registry while it applies components', async () => {
    await world.cloud.registry.stop();
    await waitsFor('RegistryUnavailable', world.cloud.registry.host);
    expect(await versions()).toEqual(old);
  });

  it('waits for the API server, and goes on when it is back', async () => {
    const before = (await runnerLog(world)).length;
    await world.cluster.apiServer.stop();
    await waitUntil('the runner says that the API server does not answer', 60, async () => {
      if ((await report())?.waitingFor?.reason === 'ApiServerUnavailable') return true;
      return (await runnerLog(world)).slice(before).includes('the API server did not answer') ? true : null;
    });
    expect((await report())?.observed?.version).toBe('1.0.0');
    const back = new Date();
    await world.cluster.apiServer.start();
    await waitUntil('the runner renews its lease', 90, async () => ((await leaseRenewed(world)) > back ? true : null));
    await waitsFor('RegistryUnavailable', world.cloud.registry.host);
    expect(await versions()).toEqual(old);
  });

  it('goes through with the upgrade while the control plane is away, and reports it later', async () => {
    await install.vendor.controlPlane.stop();
    const away = new Date();
    await world.cloud.registry.start();
    await waitUntil('the gateway answers as 1.1.0', 120, async () =>
      (await gatewayVersion()) === '1.1.0' ? true : null,
    );
    await waitUntil('the bucket has versioning', 60, async () =>
      (await bucketVersioning(world, eventsName(world))) === 'Enabled' ? true : null,
    );
    expect(install.vendor.controlPlane.running()).toBe(false);
    const back = new Date();
    await install.vendor.controlPlane.start();
    await waitUntil('the report says that 1.1.0 is applied', 60, async () => {
      const told = await report();
      return told?.observed?.version === '1.1.0' && told.waitingFor === null ? true : null;
    });
    const late = await waitUntil('what it recorded meanwhile has arrived', 60, async () => {
      const records = await readTelemetry(install.vendor.api, installId);
      const during = records.filter(({ at }) => new Date(at) > away && new Date(at) < back);
      return during.length > 0 ? during : null;
    });
    expect(late.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('has made no call that the account refused, from the install to the end of the upgrade', () => {
    expect(refusedCalls(world)).toEqual([]);
  });

  it('outlives an API server that is away for longer than its lease lasts, under a new epoch', async () => {
    const epoch = (await report())?.runner.leaseEpoch ?? 0;
    const before = (await runnerLog(world)).length;
    await world.cluster.apiServer.stop();
    await waitUntil('the runner ends because its lease ended', 60, async () =>
      (await runnerLog(world)).slice(before).includes('could not be renewed in time') ? true : null,
    );
    expect(await gatewayVersion()).toBe('1.1.0');
    await world.cluster.apiServer.start();
    await waitUntil('a runner reports under a new epoch', 120, async () => {
      const told = await report();
      return (told?.runner.leaseEpoch ?? 0) > epoch && told?.observed?.version === '1.1.0' ? true : null;
    });
  });
});

/** What the runner's containers have written, as their nodes keep it: there is nobody to ask by `kubectl logs`. */
async function runnerLog(world: World): Promise<string> {
  const texts = await Promise.all(
    ['a', 'b'].map(async (node) => {
      const pods = join(world.dir, node, 'log', 'pods');
      const files = await readdir(pods, { recursive: true }).catch((): string[] => []);
      const logs = files.filter((file) => file.startsWith('landfall-system_landfall-runner-') && file.endsWith('.log'));
      return Promise.all(logs.map((file) => readFile(join(pods, file), 'utf8')));
    }),
  );
  return texts.flat().join('\n');
}

const leaseSchema = z.object({ spec: z.object({ renewTime: z.string().transform((text) => new Date(text)) }) });

async function leaseRenewed(world: World): Promise<Date> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/landfall-system/leases/landfall-runner';
  return leaseSchema.parse((await world.cluster.admin.call('GET', path)).body).spec.renewTime;
}
