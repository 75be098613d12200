import { Agent, request } from 'undici';
import type { z } from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';
import { createNetwork, undiciConnector } from '../../oci/index.ts';
import type { WayOut } from '../way-out.ts';

export type Cluster = { endpoint: string; /** PEM. */ ca: string };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export type ClusterAnswer = { status: number; body: string };

/** The few calls to a Kubernetes API that the hand-off makes beside Helm's. */
export type ClusterApi = {
  /** Whatever the status: for proofs. */
  ask(method: Method, path: string, body?: unknown): Promise<ClusterAnswer>;
  /** Undefined when absent; throws LF-INSTALL-008 on a refusal. */
  get<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T> | undefined>;
  /** Server-side apply: makes the object or brings it to what is given. */
  apply(path: string, object: object): Promise<void>;
  close(): Promise<void>;
};

const limit = { bytes: 4_000_000, depth: 100 };
const fieldManager = 'landfall-install';

export function createClusterApi(cluster: Cluster, token: () => Promise<string>, wayOut?: WayOut): ClusterApi {
  const network = wayOut?.network ?? createNetwork();
  const connect = undiciConnector(network.connect({ onlyCa: cluster.ca }));
  const agent = new Agent({ connect, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const send = async (method: Method, path: string, body?: unknown, contentType?: string): Promise<ClusterAnswer> => {
    try {
      const answer = await request(new URL(path, cluster.endpoint), {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${await token()}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new LandfallError('LF-INSTALL-008', `${cluster.endpoint} did not answer: ${message}`, {
        cause,
        temporary: true,
      });
    }
  };
  const refused = (what: string, answer: ClusterAnswer): LandfallError =>
    new LandfallError('LF-INSTALL-008', `${what} was refused with ${answer.status}: ${reasonOf(answer.body)}`, {
      temporary: answer.status >= 500 || answer.status === 429,
      details: { status: answer.status },
    });
  return {
    ask: (method, path, body) => send(method, path, body),
    get: async (path, schema) => {
      const answer = await send('GET', path);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(`GET ${path}`, answer);
      return parseJson(answer.body, schema, path, limit);
    },
    apply: async (path, object) => {
      const query = `?fieldManager=${fieldManager}&force=true`;
      const answer = await send('PATCH', `${path}${query}`, object, 'application/apply-patch+yaml');
      if (answer.status >= 300) throw refused(`applying ${path}`, answer);
    },
    close: () => agent.close(),
  };
}

/** A Kubernetes Status says why in `message`; it never holds a Secret's data. */
export function reasonOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON: as it stands.
  }
  return body.slice(0, 300);
}
