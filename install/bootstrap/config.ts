import { LandfallError } from '../../contract/index.ts';

/** Everything the one-shot job takes from its environment: CodeBuild's, and three secrets that live as long as the build. */
export const config = {
  /** How CodeBuild gives the credentials of the project's role: a path at its own address, or a whole address. */
  credentialsUrl: (): string => {
    const full = process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
    if (full !== undefined && full !== '') return full;
    return `http://169.254.170.2${need('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')}`;
  },
  joinToken: (): string => need('LANDFALL_JOIN_TOKEN'),
  vendorRegistry: (): { username: string; password: string } | undefined => {
    const username = process.env['LANDFALL_REGISTRY_USERNAME'] ?? '';
    return username === '' ? undefined : { username, password: need('LANDFALL_REGISTRY_PASSWORD') };
  },
  /** The customer's way out, as the template's parameters say it; empty: none. */
  proxy: (): { https: string; except: string } => ({
    https: process.env['HTTPS_PROXY'] ?? '',
    except: process.env['NO_PROXY'] ?? '',
  }),
  /** In the image: /opt/landfall, with `modules/base` and, where it carries the provider, `providers`. */
  home: (): string => process.env['LANDFALL_HOME'] ?? '/opt/landfall',
  workDir: (): string => process.env['LANDFALL_WORK_DIR'] ?? '/tmp/landfall',
  tofu: (): string => process.env['LANDFALL_TOFU'] ?? '/usr/local/bin/tofu',
  helm: (): string => process.env['LANDFALL_HELM'] ?? '/usr/local/bin/helm',
  providerMirror: (): string | undefined => process.env['LANDFALL_TF_PLUGINS'],
  awsEndpointUrl: (): string | undefined => process.env['AWS_ENDPOINT_URL'],
} as const;

/** The AWS SDK prints a notice about Node versions into the build's log. */
export function quietAwsSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}

function need(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new LandfallError('LF-TEMPLATES-005', `${name} is not set`);
  return value;
}
