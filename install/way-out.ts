import type { Agent as HttpsAgent } from 'node:https';
import type { ProcessRequest, RunProcess } from '../engines/index.ts';
import { httpsAgentOf, type Network, readProxy } from '../oci/index.ts';

/** What a machine says of its way out: the variables that other tools take from their environment too. */
export type WayOutSettings = {
  /** Made of the same variables. */
  network: Network;
  /** HTTPS_PROXY, with its login; empty: none. */
  proxy: string;
  /** As they are, for the engines: HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and the like. */
  forEngines: Readonly<Record<string, string>>;
};

/** How this process and its children reach the world. */
export type WayOut = {
  network: Network;
  /** Adds the variables to a child's, and the proxy's login to what is redacted from its lines. */
  forEngines(request: ProcessRequest): ProcessRequest;
};

export async function openWayOut(settings: WayOutSettings): Promise<WayOut> {
  const { network, proxy, forEngines } = settings;
  const login = proxy === '' ? undefined : await readProxy({ url: proxy }).credentials();
  const secrets = login === undefined ? [] : [login.password, encodeURIComponent(login.password)];
  return {
    network,
    forEngines: (request) => ({
      ...request,
      env: { ...forEngines, ...request.env },
      secrets: [...(request.secrets ?? []), ...secrets.filter((secret) => secret !== '')],
    }),
  };
}

/** Runs every child by the way out. */
export function byWayOut(runProcess: RunProcess, wayOut: WayOut | undefined): RunProcess {
  return wayOut === undefined ? runProcess : (request) => runProcess(wayOut.forEngines(request));
}

/** For the AWS SDK's clients, each of which closes its own. */
export function awsHandler(wayOut: Pick<WayOut, 'network'> | undefined): {
  requestHandler?: { httpsAgent: HttpsAgent };
} {
  return wayOut === undefined ? {} : { requestHandler: { httpsAgent: httpsAgentOf(wayOut.network) } };
}
