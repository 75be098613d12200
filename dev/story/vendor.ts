import { join } from 'node:path';
import { Agent } from 'undici';
import * as z from 'zod';
import { type Digest, generateKeyPair, localSigner, type Signer, systemClock } from '../../contract/index.ts';
import { copyArtifact, createRegistryClient, openLayout, type RegistryClient, registryStore } from '../../oci/index.ts';
import { publishRelease } from '../../release/index.ts';
import { buildRunnerImage, buildStreamingRelease, type StreamingVersion } from '../images/index.ts';
import type { World } from '../world/index.ts';
import { type ControlPlaneApi, controlPlaneApi } from './control-plane-api.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from './control-plane-process.ts';

export const product = 'streaming';
export const channel = 'stable';
const runnerRepository = 'landfall/runner';
const runnerChart = join(import.meta.dirname, '..', '..', 'charts', 'runner');
export type { StreamingVersion };
export type RunnerArtifacts = { image: { repository: string; digest: Digest }; chart: { path: string } };

/** The vendor: a pipeline with its key, a registry, a control plane. */
export type Vendor = {
  controlPlane: ControlPlaneProcess;
  api: ControlPlaneApi;
  /** SPKI PEM of the pipeline's key: what runners pin for releases. */
  releaseKeyPem: string;
  /** Builds (cached), pushes, registers and promotes a version of the example. */
  publish(version: StreamingVersion, say: (line: string) => void): Promise<{ digest: Digest; repository: string }>;
  /** As `publish`, but no install is told: that is for `promote`. */
  register(version: StreamingVersion, say: (line: string) => void): Promise<void>;
  promote(version: StreamingVersion): Promise<void>;
  /** The runner's image and chart, pushed into the vendor's registry. */
  runner(say: (line: string) => void): Promise<RunnerArtifacts>;
  stop(): Promise<void>;
};

export async function startVendor(world: World): Promise<Vendor> {
  const pipeline = generateKeyPair('ed25519');
  const signer: Signer = localSigner(pipeline.privateKeyPem);
  const controlPlane = await startControlPlaneProcess(world);
  const caPem = world.ca.certificatePem;
  const api = controlPlaneApi({ url: controlPlane.url, token: controlPlane.adminToken, caPem });
  await api.call('POST', '/v1/products', z.unknown(), {
    name: product,
    title: 'Streaming',
    releaseKeys: [pipeline.publicKeyPem],
  });
  await api.call('POST', `/v1/products/${product}/channels`, z.unknown(), { name: channel });
  const layoutDir = join(world.dir, 'vendor', 'releases');
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const registry: RegistryClient = createRegistryClient({
    host: world.vendorRegistry.host,
    ca: caPem,
    clock: systemClock,
    credentials: () =>
      Promise.resolve({ username: world.vendorRegistry.username, password: world.vendorRegistry.password }),
  });
  const register = async (version: StreamingVersion, say: (line: string) => void) => {
    await buildStreamingRelease(version, { signer, say, outDir: layoutDir });
    return publishRelease({
      layoutDir,
      product,
      version,
      registry,
      controlPlane: { url: controlPlane.url, token: controlPlane.pipelineToken, dispatcher },
      say,
    });
  };
  const promote = async (version: StreamingVersion): Promise<void> => {
    await api.call('POST', `/v1/products/${product}/channels/${channel}/promote`, z.unknown(), { version });
  };
  return {
    controlPlane,
    api,
    releaseKeyPem: pipeline.publicKeyPem,
    async publish(version, say) {
      const registered = await register(version, say);
      await promote(version);
      return registered;
    },
    async register(version, say) {
      await register(version, say);
    },
    promote,
    async runner(say) {
      const { layoutDir, digest } = await buildRunnerImage({ say });
      const to = registryStore(registry, runnerRepository);
      await copyArtifact({ from: await openLayout(layoutDir), to, digest, tag: true });
      return { image: { repository: runnerRepository, digest }, chart: { path: runnerChart } };
    },
    async stop() {
      await api.close();
      await dispatcher.destroy();
      await registry.close();
      await controlPlane.stop();
    },
  };
}
