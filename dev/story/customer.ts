import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { systemClock, type JsonObject } from '../../contract/index.ts';
import { createProcessRunner } from '../../engines/index.ts';
import {
  type AccountResult,
  assumeInstallRole,
  type BaseOutputs,
  type EndProof,
  handOff,
  installAccount,
  installBase,
  planBase,
  type InstallContext,
  type InstallSession,
  proveEnd,
} from '../../install/index.ts';
import { ensureTools, requireAwsProvider } from '../tools/index.ts';
import type { World } from '../world/index.ts';
import { releasePermissions } from './release-permissions.ts';
import { installId } from './install-id.ts';
import { startRunnerProcess } from './runner-process.ts';
import { channel, product, type Vendor } from './vendor.ts';

export { installId };
const namespace = 'streaming';
/** What clients of the gateway send; the customer's alone. */
export const gatewayToken = 'the-customers-own-gateway-token';

/** The customer's account on its way to an install. Each call is a step of the guide for customers' admins. */
export type Customer = {
  context: InstallContext;
  /** Known to the control plane; its ExternalId goes into the install role's trust. */
  register(): Promise<{ externalId: string }>;
  /** The namespace and the secrets that the product and its connectors ask for: values the vendor never sees. */
  prepareSecrets(): Promise<void>;
  applyAccount(externalId: string): Promise<AccountResult>;
  assume(externalId: string): Promise<InstallSession>;
  /** `again` plans once more: nothing may be left to change. */
  applyBase(session: InstallSession): Promise<{ base: BaseOutputs; again: boolean }>;
  handOff(session: InstallSession, base: BaseOutputs, values?: JsonObject): Promise<{ holder: string | null }>;
  proveEnd(session: InstallSession, base: BaseOutputs, externalId: string): Promise<EndProof>;
};

export async function createCustomer(
  world: World,
  vendor: Vendor,
  options: { say: (line: string) => void; policy?: JsonObject },
): Promise<Customer> {
  const { config, clock } = world.ground;
  const tool = await ensureTools(['helm', 'tofu'], { config, clock, say: options.say });
  const provider = await requireAwsProvider(config);
  const workDir = join(world.dir, 'install');
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const { cloud } = world;
  const place = { installId, accountId: cloud.accountId, region: cloud.region };
  // The vendor's installer comes from outside, so the cluster's public endpoint is open to its addresses (TEST-NET-1) alone.
  const baseInputs = { ...place, publicEndpointCidrs: ['192.0.2.0/24'] };
  const caPem = world.ca.certificatePem;
  const context: InstallContext = {
    clock: systemClock,
    runProcess: createProcessRunner({ clock: systemClock }),
    say: ({ step, text }) => options.say(`${step}: ${text}`),
    engines: { tofu: tool('tofu'), helm: tool('helm') },
    providerMirror: provider.mirrorDir,
    workDir,
    awsEndpointUrl: cloud.endpoint,
  };
  const clusterOf = (base: BaseOutputs): { endpoint: string; ca: string } => ({
    endpoint: base.clusterEndpoint,
    ca: Buffer.from(base.clusterCa, 'base64').toString('utf8'),
  });
  return {
    context,
    async register() {
      return vendor.api.call('POST', '/v1/installs', z.object({ externalId: z.string() }), {
        id: installId,
        product,
        channel,
        title: 'Acme, production',
        environment: 'prod',
        region: cloud.region,
        inputs: { replicas: 2 },
        secrets: { gatewayToken: { store: 'kubernetes', namespace, name: 'gateway-token', key: 'token' } },
      });
    },
    async prepareSecrets() {
      const { admin } = world.cluster;
      await admin.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      await admin.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name: 'gateway-token' },
        stringData: { token: gatewayToken },
      });
      // Of another team, which lets connectors have it.
      await admin.call('POST', '/api/v1/namespaces', { metadata: { name: 'customer' } });
      await admin.call('POST', '/api/v1/namespaces/customer/secrets', {
        metadata: { name: 'warehouse', annotations: { 'landfall.dev/copy-to': namespace } },
        stringData: { key: 'the-customers-own-signing-key' },
      });
    },
    async applyAccount(externalId) {
      return installAccount(context, {
        inputs: {
          ...place,
          installPrincipal: { kind: 'vendor', arn: cloud.people.vendorInstaller.arn, externalId },
          installExpiresAt: new Date(Date.now() + 24 * 3600 * 1000).toISOString(),
          productPermissions: await releasePermissions(),
        },
        credentials: cloud.people.customerAdmin,
      });
    },
    assume: (externalId) =>
      assumeInstallRole(context, { ...place, credentials: cloud.people.vendorInstaller, externalId }),
    async applyBase(session) {
      const { outputs } = await installBase(context, { inputs: baseInputs, session });
      const { changed } = await planBase(context, { inputs: baseInputs, session });
      return { base: outputs, again: changed };
    },
    async handOff(session, base, values = {}) {
      const runner = await vendor.runner(options.say);
      const joinToken = async (): Promise<string> =>
        (await vendor.api.call('POST', `/v1/installs/${installId}/join-tokens`, z.object({ token: z.string() }), {}))
          .token;
      // Beside the hand-off, which waits for the runner to be ready.
      const process = world.cluster.nodes === 'kwok' ? startRunnerProcess(world, options.say) : Promise.resolve();
      const handing = handOff(context, {
        ...place,
        product,
        session,
        base,
        baseInputs,
        vendorRegistry: {
          host: world.vendorRegistry.host,
          caPem,
          credentials: { username: world.vendorRegistry.username, password: world.vendorRegistry.password },
        },
        runner,
        accountRegistryCaPem: caPem,
        controlPlane: { url: vendor.controlPlane.url, caPem },
        trust: { releaseKeys: [vendor.releaseKeyPem], desiredStateKeys: [vendor.controlPlane.publicKeyPem] },
        joinToken,
        ...(options.policy === undefined ? {} : { policy: options.policy }),
        runnerAws: { endpointUrl: cloud.endpoint },
        extraCaPem: caPem,
        values,
      });
      const [result] = await Promise.all([handing, process]);
      return result;
    },
    proveEnd: (session, base, externalId) =>
      proveEnd(context, {
        ...place,
        session,
        cluster: clusterOf(base),
        vendor: { credentials: cloud.people.vendorInstaller, externalId },
      }),
  };
}
