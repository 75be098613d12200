import { Agent, type Dispatcher } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { type Connect, createNetwork, type Network, undiciConnector } from '../../oci/index.ts';

/** Who may be reached, and whose certificates are believed there. */
export type DialRule = {
  /** For messages: `the control plane`. */
  name: string;
  /** `host` (its scheme's port) or `host:port`. */
  hosts: readonly string[];
  /** Believed in addition to the public roots. */
  caPem?: string | undefined;
  /** For watches: any number of connections, quiet for longer. */
  watches?: true;
  /** Never by the customer's proxy, and of all authorities `caPem` alone is believed: the API server. */
  direct?: true;
};

/** Opens every connection of the runner's own. A host that no rule names is never dialled; the customer's proxy is, to get there. */
export type Dialer = {
  /** Carries requests to the rule's hosts; redirects are not followed here. */
  to(rule: DialRule): Dispatcher;
  /** The same connections as bare sockets, by the same rule. */
  connect(rule: DialRule): Connect;
  /** All addresses of a name; none for a name that only the proxy can resolve. */
  lookup: Network['lookup'];
  close(): Promise<void>;
};

/**
 * `guard: false` exists for the twin of the test in which another host is reached. With a proxy the rule is still held against the
 * host that is wanted, before the proxy hears of it.
 */
export function createDialer(options: { guard?: boolean; network?: Network } = {}): Dialer {
  const network = options.network ?? createNetwork();
  const plain = createNetwork();
  const agents: Agent[] = [];

  const connect = (rule: DialRule): Connect => {
    const allowed = new Set(rule.hosts.map((host) => host.toLowerCase()));
    const { caPem = '', direct = false } = rule;
    const way = direct ? plain.connect(caPem === '' ? {} : { onlyCa: caPem }) : network.connect({ caPem });
    return async (target, signal) => {
      if (options.guard !== false && !isAllowed(allowed, target.protocol, target.hostname, target.port)) {
        const host = `${bracketed(target.hostname)}:${target.port}`;
        const message = `a connection to ${host} was refused: it is not one of the hosts of ${rule.name}`;
        throw new LandfallError('LF-RUNNER-060', message);
      }
      return way(target, signal);
    };
  };
  return {
    connect,
    lookup: network.lookup,
    to: (rule) => {
      const agent = new Agent({
        connect: undiciConnector(connect(rule)),
        // A held long-poll answers within its wait; each use of a dispatcher sets its own deadline by signal.
        headersTimeout: 120_000,
        bodyTimeout: rule.watches === true ? 330_000 : 120_000,
        connections: rule.watches === true ? null : 16,
        // An API server closes what is idle after 90 s; a handshake for each burst costs both sides more than a request.
        ...(rule.watches === true ? { keepAliveTimeout: 30_000 } : {}),
      });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}

function isAllowed(allowed: ReadonlySet<string>, protocol: string, hostname: string, port: number): boolean {
  const host = bracketed(hostname.toLowerCase());
  const usual = protocol === 'https:' ? 443 : 80;
  return allowed.has(`${host}:${port}`) || (port === usual && allowed.has(host));
}

const bracketed = (hostname: string): string => (hostname.includes(':') ? `[${hostname}]` : hostname);

export type Fetched = { method: string; host: string; path: string };

/** Refuses what carries a body (LF-RUNNER-061), and tells of all else before it is sent. */
export type FetchOnly = (request: { method: string; host: string; path: string; hasBody: boolean }) => void;

export function fetchOnly(name: string, onFetch: (fetched: Fetched) => void): FetchOnly {
  return ({ method, host, path, hasBody }) => {
    if ((method !== 'GET' && method !== 'HEAD') || hasBody) {
      throw new LandfallError('LF-RUNNER-061', `a ${method} to ${name} was refused: only the egress gate sends`);
    }
    onFetch({ method, host, path });
  };
}

/** A dispatcher that lets through only what `check` does. */
export function bodyless(dispatcher: Dispatcher, check: FetchOnly): Dispatcher {
  return dispatcher.compose((dispatch) => (request, handler) => {
    const { host, pathname } = new URL(request.path, request.origin);
    const hasBody = request.body !== null && request.body !== undefined;
    check({ method: request.method, host, path: pathname, hasBody });
    return dispatch(request, handler);
  });
}
