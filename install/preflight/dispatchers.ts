import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent } from 'undici';
import type { DispatcherFor } from './reach.ts';

/** The customer's way out: `https` is the proxy for HTTPS (and `http` for HTTP), `except` hosts that are reached without it. */
export type Proxies = { http: string; https: string; except: string };

/** Connections as this machine makes them, by the given proxies; empty texts: without any. */
export function dispatchersVia({ http, https, except }: Proxies): DispatcherFor {
  return (caPem) => {
    const tls = caPem === undefined || caPem === '' ? {} : { ca: [...rootCertificates, caPem] };
    return new EnvHttpProxyAgent({
      // All three given: undici must not look into the environment itself.
      httpProxy: http,
      httpsProxy: https,
      noProxy: except,
      connect: { timeout: 10_000, ...tls },
      requestTls: { timeout: 10_000, ...tls },
    });
  };
}
