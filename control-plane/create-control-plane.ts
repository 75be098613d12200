import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import swagger from '@fastify/swagger';
import { fastify, type FastifyBaseLogger, type FastifyServerFactory, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { type Clock, limits, longestWaitSeconds, type Signer } from '../contract/index.ts';
import { createBell } from './channel/bell.ts';
import { reconcileAll } from './channel/reconcile.ts';
import type { Context } from './context.ts';
import type { Database } from './database/open-database.ts';
import type { App } from './http/app.ts';
import { readJsonBodies } from './http/json-body.ts';
import { answerWithProblems } from './http/problem.ts';
import { pageRoutes } from './pages/page-routes.tsx';
import { catalogueRoutes } from './routes/catalogue-routes.ts';
import { entityRoutes } from './routes/entity-routes.ts';
import { installRoutes } from './routes/install-routes.ts';
import { runnerRoutes } from './routes/runner-routes.ts';
import { serviceRoutes } from './routes/service-routes.ts';
import { type ProofGuards, proofGuards } from './runners/proof.ts';

export type ControlPlaneOptions = {
  clock: Clock;
  /** Stays the caller's: close it after the control plane. */
  database: Database;
  /** Signs desired states and request lists. */
  signer: Signer;
  /** hashToken(token) of the vendor's people, and of the pipeline, which may only register and promote releases. */
  adminTokenHash: string;
  pipelineTokenHash?: string;
  /** PEM. Without it plain HTTP is spoken: only behind a proxy that ends TLS, or in tests. */
  tls?: { cert: string; key: string };
  logger: FastifyBaseLogger;
  /** Seconds a long-poll is held at most; default and upper bound 55. */
  maxWait?: number;
};

export type ControlPlane = {
  app: App;
  /** Resolves to the base URL. Default: 127.0.0.1, a free port. */
  listen(where?: { host?: string; port?: number; publicHost?: string }): Promise<string>;
  /** Answers what is held, then ends. */
  close(): Promise<void>;
};

export function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  return assemble(options, proofGuards);
}

/** As createControlPlane, with the guards of the runner's API as an argument: only tests take one away. */
export async function assemble(options: ControlPlaneOptions, guards: ProofGuards): Promise<ControlPlane> {
  const context: Context = {
    clock: options.clock,
    db: options.database.db,
    signer: options.signer,
    bell: createBell(),
    adminTokenHash: options.adminTokenHash,
    pipelineTokenHash: options.pipelineTokenHash ?? null,
    maxWait: Math.min(options.maxWait ?? longestWaitSeconds, longestWaitSeconds),
    secureCookies: options.tls !== undefined,
  };
  const app = fastify({
    loggerInstance: options.logger,
    serverFactory: serverFactory(options.tls),
    bodyLimit: limits.apiBody.bytes,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    // One line per request would drown the rest; refusals and failures are logged where they are answered.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 200 },
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
  readJsonBodies(app);
  // A connection that was busy when closing began would be kept for the next request, and the end would wait for it.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (context.bell.closed) void reply.header('connection', 'close');
    done();
  });
  answerWithProblems(app);
  await app.register(swagger, {
    openapi: { info: { title: 'Landfall control plane', version: '1' } },
    transform: jsonSchemaTransform,
  });
  catalogueRoutes(app, context);
  installRoutes(app, context);
  entityRoutes(app, context);
  runnerRoutes(app, context, guards);
  serviceRoutes(app, context);
  await pageRoutes(app, context);
  app.addHook('preClose', () => {
    context.bell.close();
    return Promise.resolve();
  });
  await app.ready();
  // What a crash left undone.
  await reconcileAll(context);
  return {
    app,
    listen: async ({ host = '127.0.0.1', port = 0, publicHost = host } = {}) => {
      await app.listen({ host, port });
      return `${options.tls === undefined ? 'http' : 'https'}://${publicHost}:${portOf(app.server.address())}`;
    },
    close: async () => {
      const drained = new AbortController();
      const cutOff = options.clock.sleep(drainMs, drained.signal).then(
        () => app.server.closeAllConnections(),
        () => undefined,
      );
      await app.close();
      drained.abort();
      await cutOff;
    },
  };
}

/** How long a request on its way may take to end when the control plane does. */
const drainMs = 10_000;

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Headers within 10 s, a body within 60 s; a held long-poll has sent both and is not touched by either. */
function serverFactory(tls: ControlPlaneOptions['tls']): FastifyServerFactory {
  const timeouts = { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 75_000 };
  return (handler) =>
    tls === undefined
      ? createServer(timeouts, handler)
      : createTlsServer({ ...timeouts, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, handler);
}
