import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { LandfallError } from '../../contract/index.ts';
import type { Proxy } from './proxy.ts';

export type TunnelOptions = { proxy: Proxy; hostname: string; port: string; trust: SecureContext; signal: AbortSignal };

/**
 * A connection to `hostname:port` by CONNECT; the name is resolved at the proxy. LF-OCI-040, temporary, when there is none: a proxy
 * that refuses today may be told otherwise by its admins without anybody touching Landfall.
 */
export async function openTunnel({ proxy, hostname, port, trust, signal }: TunnelOptions): Promise<Socket> {
  const authority = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  const credentials = await proxy.credentials();
  const { address } = proxy;
  const secure = address.protocol === 'https:';
  const shown = `the proxy ${address.host}`;
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown): void => {
      const message = `${shown} gave no connection to ${authority}: ${reason}`;
      reject(new LandfallError('LF-OCI-040', message, { temporary: true, ...(cause === undefined ? {} : { cause }) }));
    };
    const request = (secure ? tlsRequest : plainRequest)({
      hostname: address.hostname.replaceAll(/[[\]]/g, ''),
      port: address.port === '' ? (secure ? 443 : 80) : address.port,
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: { host: authority, ...(credentials === undefined ? {} : { 'proxy-authorization': basic(credentials) }) },
      signal,
      ...(secure ? { secureContext: trust } : {}),
    });
    request.once('connect', (response, socket: Socket, head) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.destroy();
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

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
