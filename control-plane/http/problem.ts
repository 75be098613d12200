import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { type ErrorCode, LandfallError, pathOf, type Problem } from '../../contract/index.ts';

/** HTTP status of the codes a caller can cause; all others are the server's fault. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  'LF-CONTRACT-001': 413,
  'LF-CONTRACT-002': 400,
  'LF-CONTRACT-003': 400,
  'LF-CONTRACT-004': 400,
  'LF-CONTRACT-005': 422,
  'LF-CONTRACT-006': 422,
  'LF-SEAL-002': 422,
  'LF-CONTRACT-007': 422,
  'LF-CONTRACT-008': 422,
  'LF-CONTRACT-009': 422,
  'LF-CONTRACT-013': 422,
  'LF-CONTRACT-014': 422,
  'LF-CONTROL-PLANE-001': 404,
  'LF-CONTROL-PLANE-002': 401,
  'LF-CONTROL-PLANE-003': 403,
  'LF-CONTROL-PLANE-004': 401,
  'LF-CONTROL-PLANE-005': 401,
  'LF-CONTROL-PLANE-006': 401,
  'LF-CONTROL-PLANE-007': 403,
  'LF-CONTROL-PLANE-008': 404,
  'LF-CONTROL-PLANE-009': 409,
  'LF-CONTROL-PLANE-010': 403,
  'LF-CONTROL-PLANE-011': 403,
  'LF-CONTROL-PLANE-014': 422,
  'LF-CONTROL-PLANE-015': 422,
  'LF-CONTROL-PLANE-016': 503,
  'LF-CONTROL-PLANE-017': 415,
  'LF-CONTROL-PLANE-018': 503,
  'LF-CONTROL-PLANE-019': 422,
  'LF-CONTROL-PLANE-020': 409,
  'LF-CONTROL-PLANE-021': 422,
};

/** Every refusal leaves as application/problem+json with a code and a hint; what went wrong inside stays in the log. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemFor(error, request)));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf(new LandfallError('LF-CONTROL-PLANE-001', `there is no ${request.method} at this address`)),
    ),
  );
}

/** What to answer, logged once: a caller's mistake as information, our own as an error. */
export function problemFor(error: unknown, request: FastifyRequest): Problem {
  const known = asLandfallError(error);
  if (known !== null && statusOf[known.code] !== undefined) {
    request.log.info({ code: known.code, reason: known.message }, 'request refused');
    return problemOf(known);
  }
  request.log.error({ err: error, code: known?.code }, 'request failed');
  return problemOf(new LandfallError('LF-CONTROL-PLANE-000', 'the request could not be carried out'));
}

function problemOf(error: LandfallError): Problem {
  return {
    type: 'about:blank',
    title: error.message.slice(0, 300),
    status: statusOf[error.code] ?? 500,
    ...(error.message.length > 300 ? { detail: error.message.slice(0, 2000) } : {}),
    code: error.code,
    hint: error.hint.slice(0, 1000),
  };
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) void reply.header('retry-after', '5');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)));
}

function asLandfallError(error: unknown): LandfallError | null {
  if (error instanceof LandfallError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation.slice(0, 5).map((issue) => {
      const path = issue.instancePath.split('/').filter((part: string) => part !== '');
      return `${pathOf(path)}: ${issue.message ?? 'is not valid'}`;
    });
    return new LandfallError('LF-CONTRACT-004', `the request does not have the expected shape: ${places.join('; ')}`);
  }
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new LandfallError('LF-CONTRACT-001', 'the body is larger than this address accepts');
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new LandfallError('LF-CONTROL-PLANE-017', 'the body is not JSON');
  }
  if ('statusCode' in error && error.statusCode === 400) {
    return new LandfallError('LF-CONTRACT-003', `the request cannot be read: ${error.message}`);
  }
  return null;
}
