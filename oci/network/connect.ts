import { connect as connectPlain, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { established } from './established.ts';
import type { Proxy } from './proxy.ts';
import { openTunnel } from './tunnel.ts';

export type ConnectTarget = {
  readonly protocol: 'http:' | 'https:';
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /**
   * One reused buffer for what comes in. Not used with TLS: there Node calls back several times for one read, also after a callback
   * asked for a pause, and would overwrite what was not taken yet. What comes in is then `data` events.
   */
  readonly onread?: OnReadOpts;
};

/**
 * A connected socket (TLS: certificate and name checked), paused. One listener for `error` stays, so that a connection that breaks
 * between two owners ends no process. Rejects when there is none in time, or `signal` is aborted.
 */
export type Connect = (target: ConnectTarget, signal?: AbortSignal) => Promise<Socket>;

export type ConnectOptions = {
  /** PEM, believed in addition to the public roots. */
  ca?: string | readonly string[];
  /** PEM, believed alone: of a server with an authority of its own. The proxy is still believed by the others. */
  onlyCa?: string;
  /** For connections without the proxy; the proxy resolves names itself. */
  lookup?: LookupFunction;
  /** https goes by it where it covers the host, http never. */
  proxy?: Proxy;
  /** Over all steps of a connection. Default 10 s. */
  timeoutMs?: number;
  /** Shared by all ways of one network. Default: of this one alone. */
  trusts?: Trusts;
};

/** Whose certificates are believed: the public roots with these beside them, or these alone. */
export type Trusts = (beside: readonly string[], alone?: string) => SecureContext;

/** One context for all connections that believe the same: to read the roots costs more than a handshake, and a megabyte for each time. */
export function createTrusts(): Trusts {
  const made = new Map<string, SecureContext>();
  return (beside, alone) => {
    const more = beside.filter((pem) => pem !== '');
    const key = alone ?? `roots\n${more.join('\n')}`;
    const context =
      made.get(key) ??
      (alone !== undefined
        ? createSecureContext({ ca: alone })
        : more.length === 0
          ? createSecureContext()
          : createSecureContext({ ca: [...rootCertificates, ...more] }));
    made.set(key, context);
    return context;
  };
}

export function createConnect(options: ConnectOptions = {}): Connect {
  const { lookup, proxy, timeoutMs = 10_000 } = options;
  const trusts = options.trusts ?? createTrusts();
  const beside = [options.ca ?? []].flat();
  const trust = (): SecureContext => trusts(beside, options.onlyCa);
  // What is no certificate is told at once. The public roots alone are read when first needed: what goes by http never needs them.
  if (options.onlyCa !== undefined || beside.some((pem) => pem !== '')) trust();
  const open = async ({ protocol, hostname, port, onread }: ConnectTarget, signal?: AbortSignal): Promise<Socket> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const server = isIP(hostname) === 0 ? { servername: hostname } : {};
    const direct = { host: hostname, port, ...(lookup === undefined ? {} : { lookup }) };
    if (protocol === 'http:') {
      const intoOwnBuffer = onread === undefined ? {} : { onread };
      return established(connectPlain({ ...direct, ...intoOwnBuffer }), 'connect', stop);
    }
    const tls = { host: hostname, ...server, secureContext: trust(), ALPNProtocols: ['http/1.1'] };
    if (proxy?.covers({ hostname, port: String(port) }) === true) {
      const socket = await openTunnel({ proxy, hostname, port: String(port), trust: trusts(beside), signal: stop });
      return established(connectTls({ ...tls, socket }), 'secureConnect', stop);
    }
    return established(connectTls({ ...tls, ...direct }), 'secureConnect', stop);
  };
  return async (target, signal) => (await open(target, signal)).pause();
}
