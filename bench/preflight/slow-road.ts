import { createServer, request } from 'node:http';

export type SlowRoad = { url: string; stop: () => Promise<void> };

/** In front of the stand-in: every call takes so much longer, as one over the internet does. Passes bytes and headers on as they are. */
export async function openSlowRoad(target: string, delayMs: number): Promise<SlowRoad> {
  const server = createServer((incoming, outgoing) => {
    setTimeout(() => {
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = request(new URL(url, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    }, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
