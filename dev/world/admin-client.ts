import { Agent, request } from 'undici';
import type { KeyPair } from './authority.ts';

export type AdminClient = {
  /** One call to the API server; the body of the answer as parsed JSON (text where it is none). */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
};

export function createAdminClient(options: { endpoint: string; caPem: string; client: KeyPair }): AdminClient {
  const dispatcher = new Agent({
    connect: { ca: options.caPem, cert: options.client.certificatePem, key: options.client.keyPem },
  });
  return {
    async call(method, path, body) {
      const response = await request(`${options.endpoint}${path}`, {
        dispatcher,
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: parseOrText(text) };
    },
    close: () => dispatcher.destroy(),
  };
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
