import type { LookupFunction, Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';
import { type Lookup, systemLookup } from '../registry/redirects.ts';
import { type Connect, createConnect, createTrusts } from './connect.ts';
import { type ProxySettings, readProxy } from './proxy.ts';

export type WayOptions = {
  /** For connections without the proxy; the proxy resolves names itself. */
  lookup?: LookupFunction;
  /** PEM, believed in addition to what the network believes. */
  caPem?: string;
  /** PEM, believed alone: of a server with an authority of its own. */
  onlyCa?: string;
  timeoutMs?: number;
};

/** The way out of this process: which host goes by the customer's proxy, and whose certificates are believed. */
export type Network = {
  connect(options?: WayOptions): Connect;
  /** All addresses of a name; none for a name that only the proxy can resolve. */
  readonly lookup: Lookup;
};

export type NetworkOptions = {
  proxy?: ProxySettings;
  /** PEM, believed in addition to the public roots. */
  ca?: string;
  /** How this machine resolves names. */
  lookup?: Lookup;
};

export function createNetwork(options: NetworkOptions = {}): Network {
  const proxy = options.proxy === undefined ? undefined : readProxy(options.proxy);
  const resolve = options.lookup ?? systemLookup;
  const trusts = createTrusts();
  return {
    lookup: async (hostname) => {
      try {
        return await resolve(hostname);
      } catch (error) {
        if (proxy?.covers({ hostname, port: '443' }) === true) return [];
        throw error;
      }
    },
    connect: ({ caPem, ...way } = {}) =>
      createConnect({
        ...way,
        trusts,
        ca: [options.ca, caPem].filter((pem) => pem !== undefined),
        ...(proxy === undefined ? {} : { proxy }),
      }),
  };
}

/** The same connections in the shape of undici's `connect`, for its Agent. */
export function undiciConnector(connect: Connect): buildConnector.connector {
  const open = async ({ protocol, hostname, port }: buildConnector.Options): Promise<Socket> => {
    const secure = protocol === 'https:';
    const number = port === '' ? (secure ? 443 : 80) : Number(port);
    const target = { hostname: hostname.replaceAll(/[[\]]/g, ''), port: number };
    return connect({ ...target, protocol: secure ? 'https:' : 'http:' });
  };
  return (target, callback) => {
    callbackify(open)(target, (error: Error | null, socket) => {
      if (error === null) callback(null, socket);
      else callback(error, null);
    });
  };
}
