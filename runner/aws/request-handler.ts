import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { briefSignal } from '../shared-signal.ts';

/** As much of the SDK's HttpRequest and HttpHandler as is used here. */
type SdkRequest = {
  protocol: string;
  hostname: string;
  port?: number | undefined;
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
};
type SdkOptions = { abortSignal?: AbortSignal | undefined };
type SdkResponse = { response: { statusCode: number; headers: Record<string, string>; body: Readable } };
type Handler = {
  metadata: { handlerProtocol: string };
  handle(request: SdkRequest, options?: SdkOptions): Promise<SdkResponse>;
};

/** Lets the AWS SDK speak through the dialer, so that AWS too is reached only where the configuration says. */
export function dialedHandler(dispatcher: Dispatcher, deadlineMs = 60_000): Handler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request, { abortSignal } = {}) => {
      const query = new URLSearchParams();
      for (const [key, value] of Object.entries(request.query)) {
        for (const each of Array.isArray(value) ? value : [value ?? '']) query.append(key, each);
      }
      // AWS signs %20, URLSearchParams writes "+".
      const search = query.toString().replaceAll('+', '%20');
      const port = request.port === undefined ? '' : `:${request.port}`;
      // It ends the body, too, and is let go of with it.
      const ends = briefSignal(abortSignal, AbortSignal.timeout(deadlineMs));
      const answered = dispatcher.request({
        origin: `${request.protocol}//${request.hostname}${port}`,
        path: `${request.path}${search === '' ? '' : `?${search}`}`,
        method: methodOf(request.method),
        headers: withoutHost(request.headers),
        body: bodyOf(request.body),
        signal: ends.signal,
      });
      const response = await answered.catch((error: unknown) => {
        ends.release();
        throw error;
      });
      response.body.once('close', ends.release);
      return {
        response: {
          statusCode: response.statusCode,
          headers: flatten(response.headers),
          body: response.body,
        },
      };
    },
  };
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

function methodOf(method: string): (typeof methods)[number] {
  const known = methods.find((each) => each === method);
  if (known === undefined) throw new LandfallError('LF-RUNNER-060', `AWS is not called with ${method}`);
  return known;
}

function withoutHost(headers: Record<string, string>): Record<string, string> {
  // undici writes its own, the same one; content-length follows from the body.
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['host', 'content-length', 'expect'].includes(name.toLowerCase())),
  );
}

function bodyOf(body: unknown): string | Uint8Array | Readable | null {
  if (body === undefined || body === null || body === '') return null;
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable) return body;
  throw new LandfallError('LF-RUNNER-060', 'AWS is sent a body of an unknown kind');
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
