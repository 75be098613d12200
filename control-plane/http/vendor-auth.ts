import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { hashToken, sameHash } from '../tokens.ts';

/** Lets only the vendor's own people (admin) or its pipeline in. Runs before the body is read. */
export function requireVendor(context: Context, who: 'admin' | 'admin-or-pipeline'): onRequestHookHandler {
  return (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
    try {
      authenticate(request, context, who);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };
}

function authenticate(request: FastifyRequest, context: Context, who: 'admin' | 'admin-or-pipeline'): void {
  const token = /^Bearer (lf_[A-Za-z0-9_-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new LandfallError('LF-CONTROL-PLANE-002', 'no bearer token was sent');
  const hash = hashToken(token);
  if (sameHash(hash, context.adminTokenHash)) return;
  if (context.pipelineTokenHash === null || !sameHash(hash, context.pipelineTokenHash)) {
    throw new LandfallError('LF-CONTROL-PLANE-002', 'the bearer token is not known here');
  }
  if (who === 'admin') throw new LandfallError('LF-CONTROL-PLANE-003', "the pipeline's token may not do this");
}
