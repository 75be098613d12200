import { LandfallError } from '../../contract/index.ts';
import { type Destination, parseNoProxy } from './no-proxy.ts';

export type ProxyCredentials = { username: string; password: string };

export type ProxySettings = {
  /** `http://host:port`, or `https://` where the proxy itself speaks TLS. A login in it counts when there are no `credentials`. */
  url: string;
  /** As NO_PROXY: what is reached without the proxy. */
  noProxy?: string;
  /** Asked before each tunnel, so that a changed password counts at once. */
  credentials?: () => Promise<ProxyCredentials | undefined>;
};

export type Proxy = {
  /** Without login: fit for messages. */
  readonly address: URL;
  covers(destination: Destination): boolean;
  credentials(): Promise<ProxyCredentials | undefined>;
};

/** LF-OCI-041 when the address cannot be used; the message does not hold it, since a login may stand in it. */
export function readProxy(settings: ProxySettings): Proxy {
  const address = addressOf(settings.url);
  const own =
    address.username === '' && address.password === ''
      ? undefined
      : { username: decoded(address.username), password: decoded(address.password) };
  address.username = '';
  address.password = '';
  const excepted = parseNoProxy(settings.noProxy ?? '');
  return {
    address,
    covers: (destination) => !excepted(destination),
    credentials: settings.credentials ?? (async () => Promise.resolve(own)),
  };
}

/** The same proxy as one URL with its login, as programs take it from HTTPS_PROXY. Secret. */
export function proxyUrl(address: URL, credentials: ProxyCredentials | undefined): string {
  const url = new URL(address);
  if (credentials !== undefined) {
    url.username = encodeURIComponent(credentials.username);
    url.password = encodeURIComponent(credentials.password);
  }
  return url.href.replace(/\/$/, '');
}

function addressOf(text: string): URL {
  // `proxy:3128` alone is common; it parses as a scheme of its own.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw new LandfallError('LF-OCI-041', 'the address of the proxy is not a URL');
  const url = new URL(whole);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new LandfallError('LF-OCI-041', `a proxy of the kind ${url.protocol}// is not known here`);
  }
  return url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
