import { rootCertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { LandfallError } from '../contract/index.ts';

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
};

/** Opens every connection of the runner's own. A host that no rule names is never dialled. */
export type Dialer = {
  /** Carries requests to the rule's hosts; redirects are not followed here. */
  to(rule: DialRule): Dispatcher;
  close(): Promise<void>;
};

/** `guard: false` exists for the twin of the test in which another host is reached. */
export function createDialer(options: { guard?: boolean } = {}): Dialer {
  const agents: Agent[] = [];
  return {
    to: (rule) => {
      const allowed = new Set(rule.hosts.map((host) => host.toLowerCase()));
      const ca = rule.caPem === undefined || rule.caPem === '' ? undefined : [...rootCertificates, rule.caPem];
      const connect = buildConnector({ timeout: 10_000, ...(ca === undefined ? {} : { ca }) });
      const agent = new Agent({
        connect: (target, callback) => {
          if (options.guard !== false && !isAllowed(allowed, target.protocol, target.hostname, target.port)) {
            const host = `${target.hostname}${target.port === '' ? '' : `:${target.port}`}`;
            const message = `a connection to ${host} was refused: it is not one of the hosts of ${rule.name}`;
            callback(new LandfallError('LF-RUNNER-060', message), null);
            return;
          }
          connect(target, callback);
        },
        // A held long-poll answers within its wait; each use of a dispatcher sets its own deadline by signal.
        headersTimeout: 120_000,
        bodyTimeout: rule.watches === true ? 330_000 : 120_000,
        connections: rule.watches === true ? null : 16,
      });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}

function isAllowed(allowed: ReadonlySet<string>, protocol: string, hostname: string, port: string): boolean {
  const host = hostname.toLowerCase();
  const usual = protocol === 'https:' ? '443' : '80';
  const effective = port === '' ? usual : port;
  return allowed.has(`${host}:${effective}`) || (effective === usual && allowed.has(host));
}

export type Fetched = { method: string; host: string; path: string };

/** Lets requests through only when they have no body, and tells of each before it is sent. */
export function bodyless(dispatcher: Dispatcher, name: string, onFetch: (fetched: Fetched) => void): Dispatcher {
  return dispatcher.compose((dispatch) => (request, handler) => {
    const hasBody = request.body !== null && request.body !== undefined;
    if ((request.method !== 'GET' && request.method !== 'HEAD') || hasBody) {
      throw new LandfallError(
        'LF-RUNNER-061',
        `a ${request.method} to ${name} was refused: only the egress gate sends`,
      );
    }
    const url = new URL(request.path, request.origin);
    onFetch({ method: request.method, host: url.host, path: url.pathname });
    return dispatch(request, handler);
  });
}
