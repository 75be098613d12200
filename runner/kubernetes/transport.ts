import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type Clock, LandfallError } from '../../contract/index.ts';
import { parseRetryAfter } from '../../oci/index.ts';
import { briefSignal } from '../shared-signal.ts';
import type { KubernetesConnection } from './connection.ts';

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: object | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Statuses that are an answer and not a failure. */
  expect?: readonly number[] | undefined;
};

/** `body`: the text read as JSON, where it is JSON. */
export type Answer = { status: number; text: string; body: unknown };
export type Transport = {
  call(call: Call): Promise<Answer>;
  /** The open body of a watch. */
  open(path: string, accept: string, signal: AbortSignal): Promise<Readable>;
};

export type TransportOptions = {
  connection: KubernetesConnection;
  dispatcher: Dispatcher;
  clock: Clock;
  /** Before each call that may change something: throws when this runner may not any more. */
  beforeWrite?: (() => void) | undefined;
  /** Milliseconds one call may take, connection and pauses included. */
  callDeadlineMs?: number | undefined;
};

const usualDeadlineMs = 30_000;
/** How often a call is made at most that the API server was too busy to begin with. */
const mostTries = 4;
const usualPauseMs = 1_000;
const longestPauseMs = 10_000;
const statusSchema = z.looseObject({ message: z.string().optional(), reason: z.string().optional() });

/** `as`: the user whose rights count instead of one's own (Impersonate-User; the groups of a service account come with its name). */
export function createTransport(options: TransportOptions, as?: string): Transport {
  const { connection, dispatcher, clock, callDeadlineMs = usualDeadlineMs } = options;
  const send = async (call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const what = `${call.method} ${call.path.split('?')[0]}`;
    try {
      return await dispatcher.request({
        origin: connection.endpoint,
        path: call.path,
        method: call.method,
        headers: {
          authorization: `Bearer ${await connection.token()}`,
          accept: call.accept ?? 'application/json',
          'user-agent': 'landfall-runner',
          ...(as === undefined ? {} : { 'impersonate-user': as }),
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
      });
    } catch (cause) {
      throw unanswered(what, cause);
    }
  };
  const attempt = async (call: Call, signal: AbortSignal): Promise<Answer> => {
    const what = `${call.method} ${call.path.split('?')[0]}`;
    for (let tries = 1; ; tries++) {
      if (call.method !== 'GET') options.beforeWrite?.();
      const response = await send(call, signal);
      const text = await response.body.text().catch((cause: unknown) => {
        throw unanswered(what, cause);
      });
      const body = jsonOr(text);
      const { statusCode } = response;
      if (statusCode < 300 || call.expect?.includes(statusCode) === true) return { status: statusCode, text, body };
      // Nothing of it was begun: whatever it is, it may be asked again (priority and fairness; a server that is just coming up).
      const busy = statusCode === 429 || (statusCode === 503 && call.method === 'GET');
      if (!busy || tries === mostTries) throw refused(what, statusCode, body);
      const asked = parseRetryAfter(textOf(response.headers['retry-after']), clock.now()) ?? usualPauseMs * tries;
      await clock.sleep(Math.min(asked, longestPauseMs), signal).catch((cause: unknown) => {
        if (call.signal?.aborted === true) throw unanswered(what, cause);
        throw refused(what, statusCode, body);
      });
    }
  };
  return {
    call: async (call) => {
      const ends = briefSignal(call.signal, AbortSignal.timeout(callDeadlineMs));
      return attempt(call, ends.signal).finally(ends.release);
    },
    open: async (path, accept, signal) => {
      // The body stays open for long, but that there is one is said at once.
      const silent = new AbortController();
      const opened = new AbortController();
      const late = new Error(`no answer in ${callDeadlineMs} ms`);
      clock.sleep(callDeadlineMs, opened.signal).then(
        () => silent.abort(late),
        () => undefined,
      );
      const both = briefSignal(signal, silent.signal);
      try {
        const response = await send({ method: 'GET', path, accept }, both.signal).finally(() => opened.abort());
        response.body.once('close', both.release);
        if (response.statusCode < 300) return response.body;
        throw refused(`GET ${path.split('?')[0]} (watch)`, response.statusCode, jsonOr(await response.body.text()));
      } catch (error) {
        both.release();
        throw error;
      }
    },
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 300) };
  }
}

function unanswered(what: string, cause: unknown): LandfallError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LandfallError('LF-RUNNER-001', `the API server did not answer ${what}: ${reason}`, {
    cause,
    temporary: true,
  });
}

function refused(what: string, status: number, body: unknown): LandfallError {
  const said = statusSchema.safeParse(body);
  const message = said.success ? (said.data.message ?? '') : '';
  return new LandfallError(
    'LF-RUNNER-001',
    `the API server answered ${what} with ${status}: ${message.slice(0, 500)}`,
    {
      temporary: status === 429 || status >= 500 || status === 401,
      details: { status, reason: said.success ? said.data.reason : undefined },
    },
  );
}

/** What the API server says of a path that it does not serve; of an object that is not there it says so by name. */
export function isUnknownPath(error: unknown): boolean {
  return error instanceof Error && error.message.endsWith('404 page not found');
}
