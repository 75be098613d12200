import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { Network } from './network.ts';

/** The same way out in the shape of Node's own agent: the AWS SDK's clients take one. */
export function httpsAgentOf(network: Network): Agent {
  return new NetworkAgent(network);
}

class NetworkAgent extends Agent {
  readonly #connect: ReturnType<Network['connect']>;

  constructor(network: Network) {
    super({ keepAlive: true, maxSockets: 50 });
    this.#connect = network.connect();
  }

  override createConnection(
    { host, port }: { host?: string | null | undefined; port?: number | string | null | undefined },
    callback?: (error: Error | null, socket: Socket) => void,
  ): undefined {
    const open = async (): Promise<Socket> =>
      (await this.#connect({ protocol: 'https:', hostname: host ?? 'localhost', port: Number(port ?? 443) })).resume();
    callbackify(open)((error: Error | null, socket) => callback?.(error, socket));
  }
}
