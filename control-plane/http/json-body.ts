import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { limits, parseJson } from '../../contract/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's bytes as received: what a runner's proof is about. Empty without a body. */
    rawBody: Buffer;
  }
  interface FastifyContextConfig {
    /** How deep a JSON body may be nested here; its size is the route's `bodyLimit`. */
    depth?: number;
  }
}

/** JSON only, held to size and depth before anything is built from it; the bytes are kept beside it. */
export function readJsonBodies(app: FastifyInstance): void {
  app.decorateRequest('rawBody');
  app.addHook('onRequest', (request, _reply, done) => {
    request.rawBody = Buffer.alloc(0);
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const body = Buffer.from(bytes);
    request.rawBody = body;
    const { bodyLimit, config } = request.routeOptions;
    try {
      done(
        null,
        parseJson(body, z.unknown(), 'the body', { bytes: bodyLimit, depth: config.depth ?? limits.apiBody.depth }),
      );
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
