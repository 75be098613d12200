import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { LandfallError } from '../../contract/index.ts';
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

/** Milliseconds one call may take, connection included. */
const callDeadlineMs = 30_000;
const statusSchema = z.looseObject({ message: z.string().optional(), reason: z.string().optional() });

/** `as`: the user whose rights count instead of one's own (Impersonate-User; the groups of a service account come with its name). */
export function createTransport(connection: KubernetesConnection, dispatcher: Dispatcher, as?: string): Transport {
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
  return {
    call: async (call) => {
      const deadline = AbortSignal.timeout(callDeadlineMs);
      const signal = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
      const response = await send(call, signal);
      const what = `${call.method} ${call.path.split('?')[0]}`;
      const text = await response.body.text().catch((cause: unknown) => {
        throw unanswered(what, cause);
      });
      const body = jsonOr(text);
      const { statusCode } = response;
      if (statusCode < 300 || call.expect?.includes(statusCode) === true) return { status: statusCode, text, body };
      throw refused(what, statusCode, body);
    },
    open: async (path, accept, signal) => {
      const response = await send({ method: 'GET', path, accept }, signal);
      if (response.statusCode < 300) return response.body;
      throw refused(`GET ${path.split('?')[0]} (watch)`, response.statusCode, jsonOr(await response.body.text()));
    },
  };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 300) };
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
