import { request as send } from 'node:http';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { describeError, LandfallError } from '../../contract/index.ts';
import { established } from './established.ts';
import type { Proxy } from './proxy.ts';

export type TunnelOptions = { proxy: Proxy; hostname: string; port: string; trust: SecureContext; signal: AbortSignal };

/**
 * A connection to `hostname:port` by CONNECT; the name is resolved at the proxy. LF-OCI-040, temporary, when there is none: a proxy
 * that refuses today may be told otherwise by its admins without anybody touching Landfall.
 */
export async function openTunnel({ proxy, hostname, port, trust, signal }: TunnelOptions): Promise<Socket> {
  const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
  const refusal = (reason: string, cause?: unknown): LandfallError => {
    const message = `the proxy ${proxy.address.host} gave no connection to ${authority}: ${reason}`;
    return new LandfallError('LF-OCI-040', message, { temporary: true, ...(cause === undefined ? {} : { cause }) });
  };
  const credentials = await proxy.credentials();
  const socket = await reach(proxy.address, trust, signal).catch((error: unknown) => {
    throw refusal(describeError(error), error);
  });
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(refusal(reason, cause));
    };
    const request = send({
      method: 'CONNECT',
      path: authority,
      createConnection: () => socket,
      headers: { host: authority, ...(credentials === undefined ? {} : { 'proxy-authorization': basic(credentials) }) },
      signal,
    });
    request.once('connect', (response, _socket, head) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300 && head.length === 0) {
        resolve(socket);
        return;
      }
      if (status === 407) refuse(credentials === undefined ? 'it wants a login (407)' : 'it refused the login (407)');
      else if (head.length > 0 && status < 300) refuse('it spoke before it was spoken to');
      else refuse(`it answered ${status}`);
    });
    // A proxy that answers CONNECT as if it were a page.
    request.once('response', (response) => {
      response.destroy();
      refuse(`it answered ${response.statusCode}`);
    });
    request.once('error', (error) => {
      refuse(error.name === 'AbortError' ? 'no answer in time' : error.message, error);
    });
    request.end();
  });
}

async function reach(address: URL, trust: SecureContext, signal: AbortSignal): Promise<Socket> {
  const host = address.hostname.replaceAll(/[[\]]/g, '');
  if (address.protocol === 'http:') {
    return established(connectPlain({ host, port: Number(address.port || 80) }), 'connect', signal);
  }
  const server = isIP(host) === 0 ? { servername: host } : {};
  const to = { host, port: Number(address.port || 443), secureContext: trust, ...server };
  return established(connectTls(to), 'secureConnect', signal);
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
