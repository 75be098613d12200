import { type Clock, LandfallError } from '../../contract/index.ts';
import type { Authorizer } from './authorizer.ts';
import type { Carrier, RequestBody, Transport, TransportRequest, TransportResponse } from './exchange.ts';
import { statusError } from './failures.ts';
import { createPace, isOnePart, pacedIn, pacedOut } from './pace.ts';
import { drain } from './read-body.ts';
import type { RedirectRules } from './redirects.ts';
import { LateAnswer, noBody } from './wire/exchange.ts';
import { MalformedAnswer } from './wire/parse-head.ts';

export type TransportOptions = {
  origin: URL;
  /** For `bulk` requests, and for all others. */
  bulk: Carrier;
  small: Carrier;
  authorizer: Authorizer;
  redirects: RedirectRules;
  clock: Clock;
  userAgent?: string;
};

const maxRedirects = 5;
const redirectStatuses = [301, 302, 303, 307, 308];

export function createTransport(options: TransportOptions): Transport {
  const { userAgent = 'landfall' } = options;
  const { origin, host, protocol } = options.origin;
  const once = async (
    request: TransportRequest,
    url: URL,
    authorization: string | undefined,
  ): Promise<TransportResponse> => {
    const pace = (did: 'gave' | 'took') => createPace(options.clock, url.host, did, request.what);
    try {
      const carry = request.bulk === true ? options.bulk : options.small;
      const { body, length } = sent(request.body?.(), (bytes) => pacedOut(bytes, pace('took')));
      const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': userAgent };
      Object.assign(headers, length, request.headers);
      if (authorization !== undefined && url.origin === origin) headers['authorization'] = authorization;
      const { method, signal } = request;
      const response = await carry(url, { method, headers, body, signal });
      const { status, headers: told, body: bytes } = response;
      return { status, headers: told, body: bytes === noBody ? noBody : pacedIn(bytes, pace('gave')), url };
    } catch (error) {
      throw connectionError(error, request, url);
    }
  };

  const follow = async (
    request: TransportRequest,
    first: TransportResponse,
    authorization: string | undefined,
  ): Promise<TransportResponse> => {
    let response = first;
    // Kept within the registry's origin; once outside, a way back would lead where somebody else chose.
    let kept = authorization;
    for (let hops = 0; redirectStatuses.includes(response.status); hops++) {
      await drain(response.body);
      const location = response.headers['location'];
      if (location === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
        throw new LandfallError(
          'LF-OCI-008',
          `${response.url.host} answered ${response.status} to ${request.what}: a redirect that cannot be followed`,
        );
      }
      if (hops === maxRedirects) {
        throw new LandfallError(
          'LF-OCI-008',
          `${options.origin.host} redirected ${request.what} more than ${maxRedirects} times`,
        );
      }
      const next = parseUrl(location, response.url);
      await options.redirects.check(next, `a redirect while ${request.what}`);
      if (next.origin !== origin) kept = undefined;
      response = await once(request, next, kept);
    }
    return response;
  };

  return async (request) => {
    const url = request.target instanceof URL ? request.target : parseUrl(request.target, options.origin);
    // A registry behind a proxy that ends TLS may not know it and name itself with http.
    if (url.protocol !== protocol && url.host === host) url.protocol = protocol;
    if (url.origin !== origin) await options.redirects.check(url, `an address while ${request.what}`);
    let authorization = await options.authorizer.current(request.scopes, request.signal);
    let response = await once(request, url, authorization);
    if (response.status === 401 && url.origin === origin) {
      await drain(response.body);
      const challenge = response.headers['www-authenticate'];
      authorization = await options.authorizer.answer(challenge, request.scopes, request.signal);
      if (authorization === undefined) {
        throw new LandfallError('LF-OCI-003', `${url.host} wants credentials for ${request.what} and there are none`);
      }
      response = await once(request, url, authorization);
    }
    response = await follow(request, response, authorization);
    if (request.expect.includes(response.status)) return response;
    throw await statusError(response, request.what, options.clock.now());
  };
}

/** Bytes that are more than one write go out as a stream does. */
function sent(
  body: RequestBody | undefined,
  paced: (bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): { body: RequestBody | undefined; length?: Readonly<Record<string, string>> } {
  if (body === undefined || (body instanceof Uint8Array && isOnePart(body))) return { body };
  if (!(body instanceof Uint8Array)) return { body: paced(body) };
  return { body: paced([body]), length: { 'content-length': String(body.byteLength) } };
}

function connectionError(error: unknown, request: TransportRequest, url: URL): LandfallError {
  if (error instanceof LandfallError) return error;
  if (request.signal?.aborted === true) {
    return new LandfallError('LF-OCI-014', `${capital(request.what)} was stopped by its caller`, {
      cause: error,
      temporary: true,
    });
  }
  if (error instanceof MalformedAnswer) {
    return new LandfallError('LF-OCI-020', `${url.host}, ${request.what}: ${error.message}`, { cause: error });
  }
  if (error instanceof LateAnswer) {
    return new LandfallError('LF-OCI-042', `${url.host}, ${request.what}: ${error.message}`, { temporary: true });
  }
  // As OpenSSL names what is no TLS record: a registry on plain http.
  const speaksNoTls = error instanceof Error && 'code' in error && error.code === 'ERR_SSL_WRONG_VERSION_NUMBER';
  const reason = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error);
  const lasts = /certificate|self-signed|SELF_SIGNED|altnames|UNABLE_TO/i.test(reason);
  const message = `${url.host} could not be reached while ${request.what}: ${speaksNoTls ? 'it does not speak TLS' : reason}`;
  return new LandfallError('LF-OCI-002', message, { cause: error, temporary: !lasts && !speaksNoTls });
}

function causeOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== error.message ? ` (${error.cause.message})` : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function parseUrl(text: string, base: URL): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    throw new LandfallError('LF-OCI-008', `${base.host} pointed to something that is not a URL`, { cause });
  }
}
