import type { Dispatcher } from 'undici';
import {
  LandfallError,
  type Limit,
  channelPaths,
  describeError,
  enrolRequestSchema,
  entityReportSchema,
  limits,
  parseValue,
  problemSchema,
  reportSchema,
  sha256,
  telemetryBatchSchema,
} from '../../contract/index.ts';
import { briefSignal } from '../shared-signal.ts';
import { fitStrings } from './fit-strings.ts';
import type { Ledger } from './ledger.ts';
import type { Redactor } from './redact.ts';
import { typedSealSchema } from './typed-seal.ts';

/** The typed allow-list: what may leave, where to, and how large. What is not here has no way out. */
const ways = {
  enrol: { schema: enrolRequestSchema, method: 'POST', path: () => channelPaths.enrol, limit: limits.enrolment },
  report: { schema: reportSchema, method: 'PUT', path: channelPaths.report, limit: limits.report },
  'entity-states': {
    schema: entityReportSchema,
    method: 'PUT',
    path: channelPaths.entityStates,
    limit: limits.entityReport,
  },
  telemetry: { schema: telemetryBatchSchema, method: 'POST', path: channelPaths.telemetry, limit: limits.telemetry },
  seal: { schema: typedSealSchema, method: 'PUT', path: channelPaths.seal, limit: limits.seal },
} as const;

export type BodyKind = keyof typeof ways;

/** Signs for one request: `bdy` binds the body's digest. */
export type Authorize = (request: { method: string; path: string; body: Uint8Array }) => Promise<string>;

/** The only door by which a body reaches the vendor. */
export type Gate = {
  /** Returns the answer's bytes. Throws LF-RUNNER-056 (away, temporary), LF-RUNNER-057 (refused) or LF-RUNNER-061 (not allowed out). */
  send(kind: BodyKind, document: unknown, options: { signal: AbortSignal; authorize?: Authorize }): Promise<Buffer>;
};

export type GateOptions = {
  install: string;
  /** `https://host[:port]` */
  controlPlaneUrl: string;
  dispatcher: Dispatcher;
  ledger: Ledger;
  redactor: Redactor;
};

export function createGate(options: GateOptions): Gate {
  const origin = new URL(options.controlPlaneUrl);
  return {
    send: async (kind, document, { signal, authorize }) => {
      const way = ways[kind];
      const path = way.path(options.install);
      const body = encode(kind, document, way.limit, options.redactor);
      const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
      if (authorize !== undefined) headers['authorization'] = await authorize({ method: way.method, path, body });
      // The record comes first: what was sent and not recorded must not exist.
      options.ledger.append({
        kind,
        method: way.method,
        host: origin.host,
        path,
        sha256: sha256(body),
        bytes: body.byteLength,
      });
      return exchange(options.dispatcher, { origin: origin.origin, method: way.method, path, headers, body }, signal);
    },
  };
}

/** Unknown members are dropped by the schema, secrets by the redactor; a join token is the one secret that is meant to go, once. */
function encode(kind: BodyKind, document: unknown, limit: Limit, redactor: Redactor): Buffer {
  const { schema } = ways[kind];
  const typed = parseValue(document, schema, `a body of kind ${kind}`);
  // A seal is signed: a redacted one would be no seal. Its type has room for principals, ARNs and counts alone.
  const whole = kind === 'enrol' || kind === 'seal';
  if ('payload' in typed && redactor.holdsSecret(Buffer.from(typed.payload, 'base64').toString('utf8'))) {
    throw new LandfallError(
      'LF-RUNNER-061',
      'the seal names something that holds a secret of this runner; it was not sent',
    );
  }
  const leaving = whole ? typed : fitStrings(redactor.value(typed), schema);
  const bytes = Buffer.from(JSON.stringify(leaving, (_, value: unknown) => storable(value)));
  if (bytes.byteLength > limit.bytes) {
    const message = `a body of kind ${kind} has ${bytes.byteLength} bytes; at most ${limit.bytes} may leave`;
    throw new LandfallError('LF-RUNNER-061', message);
  }
  return bytes;
}

/** Half a surrogate pair (a text was cut there) and the zero byte: a database does not take them, and would not the next time. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;
}

const answerBytes = 1024 * 1024;

export type Exchange = {
  origin: string;
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  headers: Record<string, string>;
};

/** One request to the control plane; anything but 2xx is an error that says whether trying again helps. */
async function exchange(
  dispatcher: Dispatcher,
  request: Exchange & { body: Buffer },
  signal: AbortSignal,
): Promise<Buffer> {
  const ends = briefSignal(signal, AbortSignal.timeout(60_000));
  try {
    const { statusCode, body } = await dispatcher
      .request({ ...request, signal: ends.signal })
      .catch((cause: unknown) => {
        throw away(request.origin, cause);
      });
    const bytes = await readBounded(body, answerBytes, request.origin);
    if (statusCode >= 200 && statusCode < 300) return bytes;
    throw refusal(request, statusCode, bytes);
  } finally {
    ends.release();
  }
}

export function away(origin: string, cause: unknown): LandfallError {
  if (cause instanceof LandfallError) return cause;
  const message = `the control plane at ${origin} could not be reached: ${describeError(cause)}`;
  return new LandfallError('LF-RUNNER-056', message, { cause, temporary: true });
}

export function refusal(request: Exchange, status: number, bytes: Uint8Array): LandfallError {
  const problem = readProblem(bytes);
  const temporary = status === 429 || status >= 500;
  const said = problem === null ? `status ${status}` : `${problem.code}: ${problem.detail ?? problem.title}`;
  return new LandfallError(
    temporary ? 'LF-RUNNER-056' : 'LF-RUNNER-057',
    `the control plane refused ${request.method} ${request.path}: ${said}`,
    { temporary, details: { status, code: problem?.code ?? null } },
  );
}

function readProblem(bytes: Uint8Array): { code: string; title: string; detail?: string | undefined } | null {
  try {
    return problemSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return null;
  }
}

export async function readBounded(body: AsyncIterable<Uint8Array>, limit: number, origin: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit)
        throw new LandfallError('LF-CONTRACT-001', `an answer of ${origin} is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw away(origin, cause);
  }
  return Buffer.concat(chunks);
}
