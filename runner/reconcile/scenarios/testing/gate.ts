import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { Cluster, Ground } from '../../../../dev/index.ts';

/** One request to the API server. */
export type GateCall = { method: string; path: string };

/** What becomes of it: passed on, never answered, or refused as an API server refuses. */
export type GateVerdict = 'pass' | 'cut' | { status: number; reason: string; message: string };

export type Gate = {
  endpoint: string;
  before: (call: GateCall) => GateVerdict;
  close(): Promise<void>;
};

/** Before the API server, with a certificate of the world's: everything that a runner and its engines ask goes through it. */
export async function openGate({ authority, network }: Ground, cluster: Cluster): Promise<Gate> {
  const { hostname, port } = new URL(cluster.endpoint);
  const agent = new Agent({ keepAlive: true, ca: cluster.caPem });
  const { certificatePem: cert, keyPem: key } = await authority.issue({
    commonName: 'gate',
    hosts: [network.address],
    usage: 'server',
  });
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method = '', url = '', headers } = incoming;
    const onward = request({ agent, hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    const verdict = gate.before({ method, path: url });
    if (verdict === 'pass') return forward(incoming, outgoing);
    if (verdict === 'cut') return void incoming.socket.destroy();
    incoming.resume();
    const { status, reason, message } = verdict;
    const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code: status };
    const retry = status === 429 ? { 'retry-after': '1' } : {};
    outgoing.writeHead(status, { 'content-type': 'application/json', ...retry }).end(JSON.stringify(body));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, network.address, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate listens on no port');
  const gate: Gate = {
    endpoint: `https://${network.address}:${address.port}`,
    before: () => 'pass',
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
  return gate;
}
