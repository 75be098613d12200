import { Agent, request } from 'undici';
import { type Network, undiciConnector } from '../../oci/index.ts';
import type { SendHttp } from '../../seal/index.ts';

/** The census's calls without a client of the AWS SDK, by the customer's way out. */
export function sendBy(network: Network): SendHttp {
  const dispatcher = new Agent({ connect: undiciConnector(network.connect()) });
  return async (url, { method, headers, body, signal }) => {
    const answer = await request(url, { method, headers, body, signal, dispatcher });
    return { status: answer.statusCode, body: await answer.body.bytes() };
  };
}
