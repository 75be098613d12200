import { homedir } from 'node:os';
import { join } from 'node:path';
import { LandfallError } from '../contract/index.ts';

/** Everything the command line takes from its environment: where tools are, and secrets. */
export const config = {
  path: (): string => process.env['PATH'] ?? '',
  tofu: (): string | undefined => process.env['LANDFALL_TOFU'],
  kubectl: (): string | undefined => process.env['LANDFALL_KUBECTL'],
  helm: (): string | undefined => process.env['LANDFALL_HELM'],
  providerMirror: (): string | undefined => process.env['LANDFALL_TF_PLUGINS'],
  awsEndpointUrl: (): string | undefined => process.env['AWS_ENDPOINT_URL'],
  /** The customer's way out, as other tools take it from the environment. */
  proxies: (): { http: string; https: string; except: string } => ({
    http: either('HTTP_PROXY'),
    https: either('HTTPS_PROXY'),
    except: either('NO_PROXY'),
  }),
  /** A file with authorities that Node believes in addition; undefined: none. */
  extraCaFile: (): string | undefined => process.env['NODE_EXTRA_CA_CERTS'],
  /** What the engines are told of the way out, as it is set here. */
  engineProxies: (): Record<string, string> => {
    const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'AWS_CA_BUNDLE'];
    return Object.fromEntries(names.map((name) => [name, either(name)]).filter(([, value]) => value !== ''));
  },
  awsCredentials: (): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } => {
    const sessionToken = process.env['AWS_SESSION_TOKEN'];
    return {
      accessKeyId: need('AWS_ACCESS_KEY_ID'),
      secretAccessKey: need('AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }),
    };
  },
  /** Token of the control plane's API, of the vendor's side. */
  controlPlaneToken: (): string | undefined => process.env['LANDFALL_TOKEN'],
  /** A join token that somebody else asked for. */
  joinToken: (): string | undefined => process.env['LANDFALL_JOIN_TOKEN'],
  vendorRegistry: (): { username: string; password: string } | undefined => {
    const username = process.env['LANDFALL_REGISTRY_USERNAME'];
    return username === undefined ? undefined : { username, password: need('LANDFALL_REGISTRY_PASSWORD') };
  },
  /** Files with registries' logins in the order they are asked (containers-auth.json(5), then Docker's). Some may not exist. */
  registryAuthFiles: (): string[] => {
    const named = process.env['REGISTRY_AUTH_FILE'];
    if (named !== undefined && named !== '') return [named];
    const runtime = process.env['XDG_RUNTIME_DIR'];
    const own = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
    const docker = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
    return [
      ...(runtime === undefined ? [] : [join(runtime, 'containers', 'auth.json')]),
      join(own, 'containers', 'auth.json'),
      join(docker, 'config.json'),
    ];
  },
  /** Entra Workload ID as AKS puts it into a pod; the machine's own identity only when LANDFALL_MACHINE_IDENTITY asks for it. */
  azureIdentity: ():
    | { kind: 'workload'; tenantId: string; clientId: string; tokenFile: string; authority?: string }
    | { kind: 'managed'; clientId?: string }
    | undefined => {
    const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: tokenFile } = process.env;
    const authority = process.env['AZURE_AUTHORITY_HOST'];
    if (tenantId !== undefined && clientId !== undefined && tokenFile !== undefined) {
      return { kind: 'workload', tenantId, clientId, tokenFile, ...(authority === undefined ? {} : { authority }) };
    }
    if (process.env['LANDFALL_MACHINE_IDENTITY'] !== 'true') return undefined;
    return { kind: 'managed', ...(clientId === undefined ? {} : { clientId }) };
  },
  /** A service account's key file; or the metadata server (also Workload Identity on GKE) when LANDFALL_MACHINE_IDENTITY asks for it. */
  googleIdentity: (): { kind: 'key'; path: string } | { kind: 'metadata' } | undefined => {
    const path = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    if (path !== undefined && path !== '') return { kind: 'key', path };
    return process.env['LANDFALL_MACHINE_IDENTITY'] === 'true' ? { kind: 'metadata' } : undefined;
  },
} as const;

/** The AWS SDK prints a notice about Node versions into everybody's output. */
export function quietAwsSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}

/** Lower case first, as curl does. */
function either(name: string): string {
  return process.env[name.toLowerCase()] ?? process.env[name] ?? '';
}

function need(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  if (!name.startsWith('AWS_')) throw new LandfallError('LF-CLI-002', `${name} is not set`);
  const hint =
    'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; from a profile of the AWS command line: eval "$(aws configure export-credentials --profile <name> --format env)".';
  throw new LandfallError('LF-CLI-002', `${name} is not set: there are no AWS credentials`, { hint });
}
