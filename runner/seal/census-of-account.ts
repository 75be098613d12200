import type { Dispatcher } from 'undici';
import type { Clock } from '../../contract/index.ts';
import { type Census, type SendHttp, createCensusClients, takeCensus } from '../../seal/index.ts';
import { type AwsOptions, dialedHandler, podIdentityCredentials } from '../aws/index.ts';

/** The census with the runner's own role, through the dialer. Clients are made for each: a day lies between two. */
export function censusOfAccount(options: {
  aws: AwsOptions;
  accountId: string;
  installRoleName: string | null;
  clock: Clock;
}): (signal: AbortSignal) => Promise<Census> {
  const { aws } = options;
  return async (signal) => {
    const clients = createCensusClients({
      region: aws.region,
      endpointUrl: aws.endpointUrl,
      credentials: podIdentityCredentials(aws),
      requestHandler: dialedHandler(aws.dispatcher),
      send: sendThrough(aws.dispatcher),
    });
    try {
      return await takeCensus({
        clients,
        accountId: options.accountId,
        regions: [aws.region],
        installRoleName: options.installRoleName,
        now: () => options.clock.now(),
        signal,
      });
    } finally {
      clients.close();
    }
  };
}

function sendThrough(dispatcher: Dispatcher): SendHttp {
  return async (url, { method, headers, body, signal }) => {
    const { host: _host, ...others } = headers; // undici writes its own, the same one.
    const answer = await dispatcher.request({
      origin: url.origin,
      path: url.pathname,
      method,
      headers: others,
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
    });
    return { status: answer.statusCode, body: new Uint8Array(await answer.body.arrayBuffer()) };
  };
}
