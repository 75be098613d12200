import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';

export type ConnectProxy = {
  /** `host:port` */
  address: string;
  /** What was asked for by CONNECT and given, in order. */
  tunnels: string[];
  /** What was asked for and refused, with the status. */
  refused: string[];
  /** From now on. */
  setLogin(login: { username: string; password: string } | undefined): void;
  close(): Promise<void>;
};

export type ConnectProxyOptions = {
  /** Names that only this proxy can resolve: name -> address on this machine, with a port where another one listens there. Every other host gets 403. */
  names: ReadonlyMap<string, string>;
  login?: { username: string; password: string };
  /** The proxy speaks TLS itself. */
  tls?: { certificatePem: string; keyPem: string };
};

/** A corporate proxy: tunnels by CONNECT to the hosts it knows, for who has its login; everything else is refused. */
export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  let { login } = options;
  const tunnels: string[] = [];
  const refused: string[] = [];
  const open = new Set<Socket>();
  const server: Server =
    options.tls === undefined
      ? createServer()
      : createTlsServer({ cert: options.tls.certificatePem, key: options.tls.keyPem });
  server.on('request', (_request, response) => response.writeHead(405).end());
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('connect', (request, socket: Socket) => {
    socket.on('error', () => undefined);
    const authority = request.url ?? '';
    const refuse = (status: number): void => {
      refused.push(`${authority} ${status}`);
      socket.end(`HTTP/1.1 ${status} no\r\ncontent-length: 0\r\n\r\n`);
    };
    const wanted = login === undefined ? undefined : `${login.username}:${login.password}`;
    const given = request.headers['proxy-authorization'];
    if (wanted !== undefined && given !== `Basic ${Buffer.from(wanted).toString('base64')}`) {
      refuse(407);
      return;
    }
    const [, name = '', port = ''] = /^(.+):(\d+)$/.exec(authority) ?? [];
    const [host = '', ownPort = port] = (options.names.get(name) ?? '').split(':');
    if (host === '') {
      refuse(403);
      return;
    }
    const upstream = connect({ host, port: Number(ownPort) }, () => {
      tunnels.push(authority);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    open.add(upstream);
    upstream.on('error', () => socket.destroy());
    upstream.once('close', () => {
      open.delete(upstream);
      socket.destroy();
    });
    socket.once('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    tunnels,
    refused,
    setLogin: (next) => {
      login = next;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
