import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LandfallError } from '../contract/index.ts';

/** Everything the command line takes from its environment: where tools are, and secrets. */
export const config = {
  path: (): string => process.env['PATH'] ?? '',
  tofu: (): string | undefined => process.env['LANDFALL_TOFU'],
  helm: (): string | undefined => process.env['LANDFALL_HELM'],
  providerMirror: (): string | undefined => process.env['LANDFALL_TF_PLUGINS'],
  awsEndpointUrl: (): string | undefined => process.env['AWS_ENDPOINT_URL'],
  /** The customer's way out, as other tools take it from the environment. */
  proxies: (): { http: string; https: string; except: string } => ({
    http: either('HTTP_PROXY'),
    https: either('HTTPS_PROXY'),
    except: either('NO_PROXY'),
  }),
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
  /** Where `docker login` keeps its logins; undefined when there is no such file. */
  dockerConfig: (): string | undefined => {
    const folder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
    const path = join(folder, 'config.json');
    return existsSync(path) ? path : undefined;
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
