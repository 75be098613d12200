import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { azureClouds, createTokenIssuer, startBlobStorage, startEntra } from '../../dev/azure/index.ts';
import { createAuthority } from '../../dev/index.ts';
import { startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { terraformEnvironment } from '../assembly/engine-set.ts';
import type { StateBackend } from '../components/terraform/backend.ts';
import { readEnvironment, runnerConfigSchema } from '../config.ts';
import { openNetwork } from '../network/network.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { openTerraformRig, type TerraformRig } from './terraform-rig.ts';

const container = 'states';
const account = 'lfacmestate';
const issuer = 'https://oidc.aks.test/7d1c1a4e/';
const subject = 'system:serviceaccount:landfall-system:landfall-runner';
const audience = 'api://AzureADTokenExchange';
const proxyLogin = { username: 'landfall', password: 'p@ss word/1' };
const ids = {
  tenantId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a01',
  subscriptionId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a02',
  clientId: '7d1c1a4e-0f55-4f8f-9d4a-0c1f6c0f3a03',
};

/** What of a pod's identity is another one than the runner's. */
export type Pod = { subject?: string; audience?: string; tenantId?: string; expiry?: string };

export type AzureAccountOptions = { guards?: { assertion: boolean }; cloudName?: keyof typeof azureClouds };

/**
 * A storage account in Azure, and nothing but a proxy with a login that leads there: the runner's own network and environment get its engines through.
 * `guards.assertion: false`: Azure takes any pod's token.
 */
export async function openAzureAccount(
  azuritePath: string,
  { guards = { assertion: true }, cloudName = 'public' }: AzureAccountOptions = {},
) {
  const cloud = azureClouds[cloudName];
  const dir = await mkdtemp(join(tmpdir(), 'lf-azure-'));
  const ca = await createAuthority(dir);
  const cluster = await createTokenIssuer(issuer);
  const credential = { issuer, subject, audience, keys: cluster.keys };
  const entra = await startEntra({ ca, cloud, ...ids, credential, guards });
  const storage = await startBlobStorage({ azuritePath, dir, ca, cloud, account });
  await storage.makeContainer(container);

  let refuses = (_path: string): boolean => false;
  const pair = await ca.issue({ commonName: storage.host, hosts: [storage.host], usage: 'server' });
  // A write of a state has no `comp`: leases and metadata do.
  const front = await startCuttingProxy(
    `https://127.0.0.1:${storage.port}`,
    (method, path) => method === 'PUT' && !path.includes('comp=') && refuses(path),
    { ...pair, ca: ca.certificatePem, servername: storage.host },
  );
  const proxy = await startConnectProxy({
    names: new Map([
      [cloud.loginHost, `127.0.0.1:${entra.port}`],
      [storage.host, `127.0.0.1:${front.port}`],
    ]),
    login: proxyLogin,
  });
  for (const [name, text] of Object.entries(proxyLogin)) await writeFile(join(dir, name), text);
  const learned: string[] = [];
  const network = await openNetwork({
    config: {
      proxy: { https: `http://${proxy.address}`, noProxy: '', credentialsDir: dir },
      extraCaPem: ca.certificatePem,
      workDir: dir,
    },
    apiServerHost: '10.0.0.1',
    learn: (secret) => void learned.push(secret),
  });

  const rigs: TerraformRig[] = [];
  let pods = 0;
  /** An engine in a pod with this identity, as AKS's webhook sets it up. */
  const openPod = async (binary: string, pod: Pod = {}) => {
    const tokenFile = join(dir, `azure-identity-token-${(pods += 1)}`);
    const token = await cluster.tokenOf(pod.subject ?? subject, pod.audience ?? audience, pod.expiry);
    await writeFile(tokenFile, token, { mode: 0o600 });
    const { tenantId = ids.tenantId } = pod;
    const state: StateBackend = { kind: 'azurerm', storageAccount: account, container, ...ids, tenantId };
    const environment = readEnvironment({
      AZURE_CLIENT_ID: ids.clientId,
      AZURE_TENANT_ID: tenantId,
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
      AZURE_AUTHORITY_HOST: `https://${cloud.loginHost}/`,
    });
    const rig = await openTerraformRig(binary, state, terraformEnvironment(configOf(state), environment), (run) =>
      network.through(run),
    );
    rigs.push(rig);
    return { ...rig, token };
  };
  const blobOf = (component: string): string => `components/${component}/terraform.tfstate`;
  return {
    entra,
    storage,
    proxy,
    proxyLogin,
    openPod,
    blobs: () => storage.blobs(container),
    stateOf: async (component: string) => {
      const text = await storage.read(container, blobOf(component));
      return stateSchema.parse(JSON.parse(text));
    },
    /** The lock's id, where the blob is leased. */
    holderOf: async (component: string): Promise<string> => {
      const headers = await storage.headersOf(container, blobOf(component));
      if (headers['x-ms-lease-state'] !== 'leased') return '';
      const info = Buffer.from(String(headers['x-ms-meta-terraformlockid']), 'base64').toString('utf8');
      return z.looseObject({ ID: z.string() }).parse(JSON.parse(info)).ID;
    },
    /** Of writes of states, those that `when` says are refused, until `mend`. */
    refuseWrites: (when: (path: string) => boolean) => void (refuses = when),
    cut: async () => void (refuses = () => true),
    mend: async () => void (refuses = () => false),
    /** As a person does it in the portal. */
    breakLease: (component: string) => storage.breakLease(container, blobOf(component)),
    close: async () => {
      for (const rig of rigs) await rig.close();
      await proxy.close();
      await front.stop();
      await Promise.all([storage.stop(), entra.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type AzureAccount = Awaited<ReturnType<typeof openAzureAccount>>;

const stateSchema = z.looseObject({ serial: z.number(), resources: z.array(z.unknown()) });

/** Those parts of the runner's configuration, as its file has them. */
function configOf(state: StateBackend) {
  const { install, aws, state: where } = runnerConfigSchema.shape;
  return z.object({ install, aws, state: where }).parse({
    install: {
      id: 'acme-prod',
      product: 'shop',
      region: 'westeurope',
      account: '',
      cluster: 'c',
      prefix: 'lf-acme',
    },
    aws: { endpointUrl: '', podIdentity: { credentialsUri: 'http://127.0.0.1:9/', tokenFile: '/nonexistent' } },
    state,
  });
}
