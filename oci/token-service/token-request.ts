import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type Clock, LandfallError, parseJson } from '../../contract/index.ts';
import { drain, readBody } from '../registry/read-body.ts';
import { parseRetryAfter, retryAfterDetail, withRetry } from '../registry/retry.ts';

export type TokenRequest = {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Readonly<Record<string, string>>;
  /** Sent as a form. Holds secrets: nothing of it gets into an error. */
  form?: Readonly<Record<string, string>>;
  /** For errors: `a token of Azure for the workload identity 1234`. */
  what: string;
  dispatcher: Dispatcher;
  clock: Clock;
  /** Statuses that pass by themselves, beside 408, 429 and 5xx. */
  passing?: readonly number[];
};

/** For the whole answer. */
const answerMs = 30_000;
const answerLimit = { bytes: 256 * 1024, depth: 8 };
/** RFC 6749, 5.2. */
const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() });

/** Asks a token service (OAuth 2, a metadata server); redirects are not followed. LF-OCI-032 says what it said. */
export function requestToken<T extends z.ZodType>(request: TokenRequest, schema: T): Promise<z.infer<T>> {
  return withRetry({ clock: request.clock, attempts: 4, firstDelayMs: 300 }, undefined, () => once(request, schema));
}

async function once<T extends z.ZodType>(request: TokenRequest, schema: T): Promise<z.infer<T>> {
  const { method, url, form, what, dispatcher, passing = [] } = request;
  requireSafe(url, what);
  // Few programs ever ask: loaded by those that do.
  const { request: send } = await import('undici');
  const response = await send(url, {
    method,
    dispatcher,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...request.headers,
    },
    body: form === undefined ? null : new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(answerMs),
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-OCI-032', `${url.host} could not be reached for ${what}: ${reason}`, {
      cause,
      temporary: true,
    });
  });
  const { statusCode: status } = response;
  if (status === 200) return readAnswer(await readBody(response.body, answerLimit.bytes, what), schema, request);
  const reason = await reasonOf(response.body);
  const retryAfter = parseRetryAfter(text(response.headers['retry-after']), request.clock.now());
  throw new LandfallError('LF-OCI-032', `${url.host} answered ${status} when asked for ${what}${reason}`, {
    temporary: status === 408 || status === 429 || status >= 500 || passing.includes(status),
    details: { status, ...(retryAfter === undefined ? {} : { [retryAfterDetail]: retryAfter }) },
  });
}

/** Nothing of the answer is told: it may hold a token in a shape that nobody expected. */
function readAnswer<T extends z.ZodType>(bytes: Uint8Array, schema: T, { url, what }: TokenRequest): z.infer<T> {
  try {
    return parseJson(bytes, schema, what, answerLimit);
  } catch {
    throw new LandfallError('LF-OCI-032', `${url.host} answered with something that is not ${what}`);
  }
}

/** Secrets go over TLS, or no further than this machine and the link (metadata servers speak plain http). */
function requireSafe(url: URL, what: string): void {
  const near = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost|169\.254\.\d+\.\d+|metadata\.google\.internal)$/.test(
    url.hostname,
  );
  if (url.protocol === 'https:' || (url.protocol === 'http:' && near)) return;
  throw new LandfallError('LF-OCI-032', `${url.host} would be asked for ${what} in plain http, which is refused`);
}

async function reasonOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  try {
    const refusal = refusalSchema.parse(
      JSON.parse(Buffer.from(await readBody(body, 64 * 1024, 'a refusal')).toString()),
    );
    const told = [refusal.error, refusal.error_description].filter(Boolean).join(': ');
    return ` (${told.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 300)})`;
  } catch {
    await drain(body);
    return '';
  }
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
