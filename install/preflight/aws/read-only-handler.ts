import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { LandfallError } from '../../../contract/index.ts';
import { readCallOf, type WireRequest } from './read-call.ts';
import type { Slots } from './slots.ts';

type SdkRequest = WireRequest & { protocol: string; hostname: string; port?: number | undefined };
type SdkResponse = { response: { statusCode: number; headers: Record<string, string>; body: Readable } };

export type ReadOnlyHandler = {
  metadata: { handlerProtocol: string };
  handle(request: SdkRequest, options?: { abortSignal?: AbortSignal | undefined }): Promise<SdkResponse>;
};

/**
 * The only way from preflight to AWS: requests that could write are refused before they leave (LF-PREFLIGHT-002), those that
 * go are counted, retries too, and no more than `slots` are under way at a time.
 */
export function readOnlyHandler(options: {
  dispatcher: Dispatcher;
  slots: Slots;
  onCall: (call: string) => void;
  deadlineMs: number;
}): ReadOnlyHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request, { abortSignal } = {}) => {
      const call = readCallOf(request);
      if (call === undefined) {
        const what = `${request.method} ${request.hostname}${request.path}`;
        throw new LandfallError('LF-PREFLIGHT-002', `preflight was about to send ${what}, which is not a read`);
      }
      return options.slots(async () => {
        options.onCall(call);
        const deadline = AbortSignal.timeout(options.deadlineMs);
        const port = request.port === undefined ? '' : `:${request.port}`;
        const answer = await options.dispatcher.request({
          origin: `${request.protocol}//${request.hostname}${port}`,
          path: `${request.path}${searchOf(request.query)}`,
          method: request.method === 'GET' ? 'GET' : request.method === 'HEAD' ? 'HEAD' : 'POST',
          headers: headersOf(request.headers),
          body: bodyOf(request.body),
          signal: abortSignal === undefined ? deadline : AbortSignal.any([abortSignal, deadline]),
        });
        return { response: { statusCode: answer.statusCode, headers: flatten(answer.headers), body: answer.body } };
      });
    },
  };
}

function searchOf(query: WireRequest['query']): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) search.append(key, each);
  }
  // AWS signs %20, URLSearchParams writes "+".
  const text = search.toString().replaceAll('+', '%20');
  return text === '' ? '' : `?${text}`;
}

function headersOf(headers: Record<string, string>): Record<string, string> {
  // undici writes its own, the same ones.
  const own = ['host', 'content-length', 'expect'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name.toLowerCase())));
}

function bodyOf(body: unknown): string | Uint8Array | null {
  return typeof body === 'string' || body instanceof Uint8Array ? body : null;
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
