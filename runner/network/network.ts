import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError, describeError } from '../../contract/index.ts';
import type { RunProcess } from '../../engines/index.ts';
import {
  type Network,
  type ProxyCredentials,
  createNetwork,
  proxyUrl,
  readProxy,
  writeAuthorityBundle,
} from '../../oci/index.ts';
import type { RunnerConfig } from '../config.ts';

/** The customer's way out, for this process and for the children that need one. */
export type RunnerNetwork = {
  network: Network;
  /** Runs a child that speaks to the cloud by the same proxy, believing the same authorities. The login is in no argument and no line. */
  through(runProcess: RunProcess): RunProcess;
};

/** Reached without a proxy whatever the customer says: this machine, the node's agents and metadata, the cluster. */
const alwaysDirect = [
  'localhost',
  '127.0.0.1',
  '::1',
  '169.254.0.0/16',
  'fd00:ec2::23',
  'fd00:ec2::254',
  '.svc',
  '.cluster.local',
];

export async function openNetwork(options: {
  config: Pick<RunnerConfig, 'proxy' | 'extraCaPem' | 'workDir'>;
  /** Empty: not known. */
  apiServerHost: string;
  /** Gets every login that is read, before it is used. */
  learn: (secret: string) => void;
}): Promise<RunnerNetwork> {
  const { proxy, extraCaPem, workDir } = options.config;
  const ca = extraCaPem === '' ? {} : { ca: extraCaPem };
  const bundle = extraCaPem === '' ? {} : await writeAuthorityBundle(workDir, extraCaPem);
  if (proxy === null)
    return { network: createNetwork(ca), through: adding(async () => ({ env: bundle, secrets: [] })) };

  const noProxy = [...alwaysDirect, options.apiServerHost, proxy.noProxy].filter((each) => each !== '').join(',');
  const credentials = async (): Promise<ProxyCredentials | undefined> => {
    if (proxy.credentialsDir === '') return undefined;
    const login = await readLogin(proxy.credentialsDir);
    for (const secret of secretsOf(login)) options.learn(secret);
    return login;
  };
  const settings = { url: proxy.https, noProxy, credentials };
  const { address } = readProxy(settings);
  return {
    network: createNetwork({ ...ca, proxy: settings }),
    through: adding(async () => {
      const login = await credentials();
      const env = { ...bundle, HTTPS_PROXY: proxyUrl(address, login), NO_PROXY: noProxy };
      return { env, secrets: login === undefined ? [] : secretsOf(login) };
    }),
  };
}

/** Read anew each time: a Secret that the customer changes counts without a restart. LF-RUNNER-090, temporary, without it. */
async function readLogin(dir: string): Promise<ProxyCredentials> {
  try {
    const [username, password] = await Promise.all(
      ['username', 'password'].map(async (name) => (await readFile(join(dir, name), 'utf8')).replace(/\r?\n$/, '')),
    );
    return { username: username ?? '', password: password ?? '' };
  } catch (cause) {
    const message = `the login of the proxy cannot be read: ${describeError(cause)}`;
    throw new LandfallError('LF-RUNNER-090', message, { cause, temporary: true });
  }
}

/** As it stands in the Secret, in a URL and in a header. */
function secretsOf({ username, password }: ProxyCredentials): string[] {
  return [password, encodeURIComponent(password), Buffer.from(`${username}:${password}`).toString('base64')];
}

function adding(
  more: () => Promise<{ env: Record<string, string>; secrets: string[] }>,
): (runProcess: RunProcess) => RunProcess {
  return (runProcess) => async (request) => {
    const { env, secrets } = await more();
    return runProcess({
      ...request,
      env: { ...env, ...request.env },
      secrets: [...(request.secrets ?? []), ...secrets],
    });
  };
}
