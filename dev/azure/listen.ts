import { once } from 'node:events';
import type { Server } from 'node:https';

/** On a free port of loopback, until it is stopped with every connection that is open. */
export async function listenOnLoopback(server: Server): Promise<{ port: number; stop(): Promise<void> }> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return {
    port: address.port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
