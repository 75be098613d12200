import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { createKubernetes, type Kubernetes, type KubernetesConnection } from '../kubernetes/index.ts';
import { createAutoClock } from './auto-clock.ts';

/** What answers as it is told where an API server should be: for faults that no real one makes when asked to. */
export type ToldApiServer = { connection: KubernetesConnection; dispatcher: Agent; close: () => Promise<void> };

export async function startToldApiServer(listener: RequestListener): Promise<ToldApiServer> {
  const dispatcher = new Agent();
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    connection: { endpoint: `http://127.0.0.1:${port}`, caPem: undefined, token: () => Promise.resolve('t') },
    dispatcher,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await dispatcher.destroy();
    },
  };
}

/** One that knows pods and nothing else, and a client of it for whose waits nobody waits. */
export async function startToldPods(
  answer: (request: IncomingMessage, url: URL, response: ServerResponse) => void,
): Promise<{ kubernetes: Kubernetes; close: () => Promise<void> }> {
  const pods = JSON.stringify({ resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] });
  const { connection, dispatcher, close } = await startToldApiServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/api/v1') response.end(pods);
    else answer(request, url, response);
  });
  return { kubernetes: createKubernetes({ connection, dispatcher, clock: createAutoClock() }), close };
}
