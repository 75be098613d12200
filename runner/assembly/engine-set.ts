import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../contract/index.ts';
import {
  type GroupGuard,
  type Helm,
  type Tofu,
  createHelm,
  createProcessRunner,
  createTofu,
  findSetpriv,
  writePostRendererPlugin,
} from '../../engines/index.ts';
import type { Census } from '../../seal/index.ts';
import type { RunnerConfig, RunnerEnvironment } from '../config.ts';
import { createMemoryGate, readMemory } from '../guards/index.ts';
import { openPrivateFolder } from './private-folder.ts';
import type { RunnerNetwork } from '../network/network.ts';
import { writePodKubeconfig } from '../kubernetes/index.ts';
import { ownNamespaceFlag, postRenderSocketVariable, pullSecretFlag } from '../post-render/config.ts';
import { type PostRenderServer, servePostRender } from '../post-render/serve.ts';
import { pullSecretName } from '../pull-secrets/index.ts';
import { censusByProcess } from '../seal/index.ts';

export type EngineSet = {
  helm: Helm;
  /** The same with the rights of this user of the cluster. */
  helmAs: (user: string) => Helm;
  /** Name of the plugin that rewrites images. */
  postRenderer: string;
  tofuIn: (workDir: string, cliConfigPath: string, env?: Readonly<Record<string, string>>) => Tofu;
  /** What Terraform children get of AWS: where to fetch the runner role's credentials, and where AWS is. */
  terraformEnv: Record<string, string>;
  /** In memory where the machine has such a folder: for what holds secrets. Emptied at the start. */
  privateDir: string;
  /** In a process of its own. */
  takeCensus: (signal: AbortSignal) => Promise<Census>;
  /** Does the work of Helm's post-renderers; null where they do it themselves. */
  postRenderServer: PostRenderServer | null;
};

/** The engines with their private folders; their children end with this process. */
export async function prepareEngines(options: {
  config: RunnerConfig;
  environment: RunnerEnvironment;
  clock: Clock;
  network: RunnerNetwork;
  guard: GroupGuard;
  onTrouble: (message: string) => void;
}): Promise<EngineSet> {
  const { config, environment, clock, network, guard } = options;
  const { helm, tofu, postRenderer } = config.tools;
  const homeDir = join(config.workDir, 'helm');
  const pluginsDir = join(homeDir, 'plugins');
  await mkdir(pluginsDir, { recursive: true, mode: 0o700 });
  const postRenderServer = await servePostRender(join(homeDir, 'post-render.sock'));
  const anyProcess = createProcessRunner({ clock, setpriv: await findSetpriv(), guard });
  const gate = createMemoryGate({ read: () => readMemory(), clock, onShort: options.onTrouble });
  const runProcess = gate.through(anyProcess, 'helm');
  // Helm speaks to the API server alone, which is never reached by a proxy.
  const runTofu = network.through(gate.through(anyProcess, 'terraform'));
  const terraformEnv = terraformEnvironment(config, environment);
  const privateDir = await openPrivateFolder(config);
  const helmOptions = {
    binary: helm,
    homeDir,
    pluginsDir,
    ...(postRenderServer === null ? {} : { env: { [postRenderSocketVariable]: postRenderServer.path } }),
    connection: {
      kind: 'kubeconfig',
      path:
        config.kubernetes.kind === 'kubeconfig'
          ? config.kubernetes.path
          : await writePodKubeconfig(join(homeDir, 'pod.kubeconfig'), environment.apiServer),
    } as const,
    runProcess,
  };
  return {
    helm: createHelm(helmOptions),
    helmAs: (user) => createHelm({ ...helmOptions, impersonate: { user } }),
    postRenderer: await writePostRendererPlugin(pluginsDir, {
      ...postRenderer,
      args: [
        ...postRenderer.args,
        `${ownNamespaceFlag}${config.namespace}`,
        ...(config.registry.pullSecret === '' ? [] : [`${pullSecretFlag}${pullSecretName}`]),
      ],
    }),
    tofuIn: (workDir, cliConfigPath, env = {}) =>
      createTofu({
        binary: tofu,
        workDir,
        cliConfigPath,
        privateDir,
        env: { ...terraformEnv, ...env },
        runProcess: runTofu,
      }),
    privateDir,
    terraformEnv,
    takeCensus: censusByProcess({ config, apiServerHost: environment.apiServer.host, runProcess }),
    postRenderServer,
  };
}

/** What Terraform's children get of the clouds: addresses and files, never a secret. */
export function terraformEnvironment(
  config: Pick<RunnerConfig, 'aws' | 'install' | 'state'>,
  environment: Pick<RunnerEnvironment, 'azure' | 'apiServer'>,
): Record<string, string> {
  const { endpointUrl, podIdentity } = config.aws;
  return {
    AWS_REGION: config.install.region,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: podIdentity.credentialsUri,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: podIdentity.tokenFile,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(endpointUrl === '' ? {} : { AWS_ENDPOINT_URL: endpointUrl }),
    ...(config.state.kind === 'azurerm' ? azureEnvironment(environment.azure) : {}),
    ...(config.state.kind === 'kubernetes' ? inClusterEnvironment(environment.apiServer) : {}),
  };
}

/** Azure's clouds beside the public one, as the engines name them, by the address that AKS tells a pod to log in at. */
const azureClouds: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'usgovernment',
  'login.chinacloudapi.cn': 'china',
  'login.partner.microsoftonline.cn': 'china',
};

/** Both engines have the addresses of a cloud by its name alone: what they are told of its login, they do not look at. */
function azureEnvironment(azure: Record<string, string>): Record<string, string> {
  const authority = azure['AZURE_AUTHORITY_HOST'] ?? '';
  const cloud = URL.canParse(authority) ? azureClouds[new URL(authority).hostname] : undefined;
  return { ...azure, ...(cloud === undefined ? {} : { ARM_ENVIRONMENT: cloud }) };
}

/** As the kubelet sets it: by this the engine finds the API server from within a pod. */
function inClusterEnvironment({ host, port }: RunnerEnvironment['apiServer']): Record<string, string> {
  return host === '' ? {} : { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
}
