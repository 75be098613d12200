import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Answer } from './answer.ts';
import { Answers, distributionHabits, type RegistryHabits } from './answers.ts';
import { Authorization, type RegistryAuth } from './authorization.ts';
import { RegistryContent } from './content.ts';
import { answerWithFault, type Fault, FaultList, type FaultRule, type Operation } from './faults.ts';

import { routeOf } from './routes.ts';
import { sendBody } from './send-body.ts';

export type { FaultRule } from './faults.ts';

export type SeenRequest = {
  method: string;
  path: string;
  operation: Operation | undefined;
  repository: string;
  reference: string;
  authorization: string | undefined;
  range: string | undefined;
};

export type FaultRegistry = {
  /** `127.0.0.1:port` */
  host: string;
  /** With `http:`, or `https:` where it has a certificate. */
  origin: string;
  content: RegistryContent;
  requests: SeenRequest[];
  /** Bytes of blob and manifest bodies that were handed to connections. */
  bytesSent: () => number;
  /** Bytes of request bodies that arrived whole. */
  bytesReceived: () => number;
  fault(rule: FaultRule): void;
  /** How often a fault struck. */
  struck: () => number;
  clearFaults(): void;
  expireTokens(): void;
  stop(): Promise<void>;
};

export type FaultRegistryOptions = {
  auth?: RegistryAuth;
  habits?: Partial<RegistryHabits>;
  /** Default: plain http. */
  tls?: { certificatePem: string; keyPem: string };
  /** How the pauses of slow faults are made: a test's own clock may pass instead of time. */
  pause?: (ms: number, request: SeenRequest) => Promise<void>;
};

/** ECR's refusals, as one set of habits. */
export const ecrHabits: Partial<RegistryHabits> = {
  repositoriesMustExist: true,
  oneBodyPerUpload: true,
  immutableTags: true,
  mounts: false,
  referrers: true,
};

export async function startFaultRegistry(options: FaultRegistryOptions = {}): Promise<FaultRegistry> {
  const { pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = options;
  const content = new RegistryContent();
  const answers = new Answers(content, { ...distributionHabits, ...options.habits });
  const authorization = new Authorization(options.auth ?? { kind: 'none' });
  const faults = new FaultList();
  const requests: SeenRequest[] = [];
  let sent = 0;
  let received = 0;
  let origin = '';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers, socket } = request;
    const route = routeOf(method, url);
    const operation = route?.operation;
    const { repository = '', reference = '' } = route ?? {};
    const seen = { method, path: url, operation, repository, reference, authorization: headers.authorization };
    const noted = { ...seen, range: headers.range };
    requests.push(noted);
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const fault = faults.take({ ...seen, from, length: Number(headers['content-length'] ?? 0) });
    if (fault !== undefined && answerWithFault(fault, request, response)) return;
    if (fault?.kind === 'expire-tokens') authorization.expireTokens();
    const slowness = fault?.kind === 'slow-read' ? fault.everyMs : undefined;
    const writes = /^(upload|manifest-(put|delete))/.test(operation ?? '');
    const refuse = (): Answer | undefined =>
      authorization.refuse(headers, origin, repository, writes ? 'push' : 'pull');
    const limit = fault?.kind === 'cut-request' ? fault.after : undefined;
    const { body, whole } = await readAll(request, limit, async () =>
      slowness === undefined ? undefined : pause(slowness, noted),
    );
    if (!whole) {
      if (route !== undefined && refuse() === undefined) answers.keep(route, body);
      socket.destroy();
      return;
    }
    received += body.byteLength;
    const range = fault?.kind === 'range-ignored' ? undefined : headers.range;
    const answer = ((): Answer => {
      if (route === undefined) return { status: 404, headers: {}, body: new Uint8Array() };
      if (route.operation === 'token') return authorization.token(headers, route.query);
      const refused = refuse();
      if (refused !== undefined) return refused;
      const wanted = { range, 'content-type': headers['content-type'], 'content-range': headers['content-range'] };
      return answers.answer(route, wanted, body);
    })();
    if (fault?.kind === 'lost-answer') {
      socket.destroy();
      return;
    }
    if (fault?.kind === 'header') answer.headers = { ...answer.headers, [fault.name]: fault.value };
    if (method === 'HEAD') {
      const length = { 'content-length': String(answer.body.byteLength) };
      response.writeHead(answer.status, { ...answer.headers, ...length }).end();
      return;
    }
    const isContent = operation === 'blob-get' || operation === 'manifest-get';
    const written = await sendBody(response, spoiledRange(answer, fault), fault, (ms) => pause(ms, noted));
    if (isContent && answer.status < 300) sent += written;
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    handle(request, response).catch(() => socket.destroy());
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificatePem, key: tls.keyPem }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  origin = `${tls === undefined ? 'http' : 'https'}://${host}`;
  return {
    host,
    origin,
    content,
    requests,
    bytesSent: () => sent,
    bytesReceived: () => received,
    fault: (rule) => faults.add(rule),
    struck: () => faults.struck,
    clearFaults: () => faults.clear(),
    expireTokens: () => authorization.expireTokens(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A 206 that says and holds another part than was asked for. */
function spoiledRange(answer: Answer, fault: Fault | undefined): Answer {
  if (fault?.kind !== 'range-wrong' || answer.status !== 206) return answer;
  const [, first = '0', end = '0', whole = '0'] =
    /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? [];
  const start = Number(first) + fault.by;
  return {
    ...answer,
    headers: { ...answer.headers, 'content-range': `bytes ${start}-${end}/${whole}` },
    body: answer.body.subarray(fault.by),
  };
}

/** Its body, or what came of it before it broke off; `limit`: after so many bytes nothing is read any more. */
async function readAll(
  request: IncomingMessage,
  limit: number | undefined,
  afterEach: () => Promise<void>,
): Promise<{ body: Uint8Array; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let left = limit ?? Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of request) {
      const bytes: Uint8Array = chunk;
      chunks.push(bytes.subarray(0, left));
      left -= bytes.byteLength;
      if (left <= 0) break;
      await afterEach();
    }
  } catch {
    return { body: Buffer.concat(chunks), whole: false };
  }
  return { body: Buffer.concat(chunks), whole: limit === undefined };
}
