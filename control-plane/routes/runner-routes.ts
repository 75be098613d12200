import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import {
  channelFeaturesHeader,
  enrolAnswerSchema,
  enrolRequestSchema,
  entitiesFeature,
  entityReportSchema,
  envelopeSchema,
  installIdSchema,
  LandfallError,
  limits,
  reportSchema,
  requireKnown,
  telemetryAckSchema,
  telemetryBatchSchema,
} from '../../contract/index.ts';
import { longPoll, preferredWait } from '../channel/long-poll.ts';
import type { Context } from '../context.ts';
import { storeEntityReport } from '../entities/states.ts';
import type { App } from '../http/app.ts';
import { enrol } from '../runners/enrol.ts';
import { type Proof, type ProofGuards, readProof } from '../runners/proof.ts';
import { storeReport } from '../runners/reports.ts';
import { storeSeal } from '../runners/seals.ts';
import { storeTelemetry } from '../runners/telemetry.ts';
import type { Sender } from '../runners/turn.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed this request; null on routes that are not a runner's. */
    proof: Proof | null;
  }
}

const ofInstall = z.object({ install: installIdSchema });
const tags = ['runner'];
const noFeatures = new Set<string>();

/** contract/channel-api.ts, as it stands there. */
export function runnerRoutes(app: App, context: Context, guards: ProofGuards): void {
  app.decorateRequest('proof', null);
  const proven = {
    onRequest: async (request: FastifyRequest) => {
      const { authorization } = request.headers;
      const [path = ''] = (request.raw.url ?? '').split('?');
      const proof = await readProof(context, { authorization, method: request.method, path });
      guards.ownInstall(proof, ofInstall.parse(request.params).install);
      request.proof = proof;
    },
    preValidation: async (request: FastifyRequest) => {
      const proof = proofOf(request);
      guards.sameBody(proof, request.rawBody);
      await guards.firstUse(context, proof);
      await context.db
        .updateTable('install')
        .set({ lastHeardAt: context.clock.now() })
        .where('id', '=', proof.iss)
        .execute();
    },
  };

  app.post(
    '/v1/enrol',
    {
      bodyLimit: limits.enrolment.bytes,
      config: { depth: limits.enrolment.depth },
      schema: { tags, body: enrolRequestSchema, response: { 200: enrolAnswerSchema } },
    },
    (request) => enrol(context, request.body),
  );
  app.get(
    '/v1/installs/:install/desired-state',
    { ...proven, schema: { tags, params: ofInstall } },
    async (request, reply) => {
      const gone = new AbortController();
      const onClose = (): void => gone.abort();
      reply.raw.once('close', onClose);
      const wait = preferredWait(request.headers.prefer, context.maxWait);
      const known = request.headers['if-none-match'];
      const snapshot = await longPoll(
        context,
        request.params.install,
        known,
        wait,
        gone.signal,
        knowsEntities(request),
      );
      reply.raw.off('close', onClose);
      void reply.header('cache-control', 'no-store').header('vary', 'prefer');
      if (snapshot === null)
        return reply
          .code(304)
          .header('etag', known ?? '')
          .send();
      return reply.header('etag', snapshot.etag).type('application/json').send(snapshot.bytes);
    },
  );
  app.put(
    '/v1/installs/:install/report',
    {
      ...proven,
      bodyLimit: limits.report.bytes,
      config: { depth: limits.report.depth },
      schema: { tags, params: ofInstall, body: reportSchema, response: { 204: z.null() } },
    },
    async (request, reply) => {
      requireKnown(request.body, 'Report', noFeatures);
      requireOwn(request.body.install, request.params.install);
      await storeReport(context, senderOf(request), request.body);
      return reply.code(204).send(null);
    },
  );
  app.put(
    '/v1/installs/:install/entity-states',
    {
      ...proven,
      bodyLimit: limits.entityReport.bytes,
      config: { depth: limits.entityReport.depth },
      schema: { tags, params: ofInstall, body: entityReportSchema, response: { 204: z.null() } },
    },
    async (request, reply) => {
      requireKnown(request.body, 'EntityReport', noFeatures);
      requireOwn(request.body.install, request.params.install);
      await storeEntityReport(context, senderOf(request), request.body);
      return reply.code(204).send(null);
    },
  );
  app.put(
    '/v1/installs/:install/seal',
    {
      ...proven,
      bodyLimit: limits.seal.bytes,
      config: { depth: limits.seal.depth },
      schema: { tags, params: ofInstall, body: envelopeSchema, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await storeSeal(context, senderOf(request), request.body);
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/v1/installs/:install/telemetry',
    {
      ...proven,
      bodyLimit: limits.telemetry.bytes,
      config: { depth: limits.telemetry.depth },
      schema: { tags, params: ofInstall, body: telemetryBatchSchema, response: { 200: telemetryAckSchema } },
    },
    (request) => {
      requireKnown(request.body, 'TelemetryBatch', noFeatures);
      requireOwn(request.body.install, request.params.install);
      return storeTelemetry(context, request.body);
    },
  );
}

function proofOf({ proof }: FastifyRequest): Proof {
  if (proof === null) throw new LandfallError('LF-CONTROL-PLANE-004', 'the request was not proven');
  return proof;
}

function senderOf(request: FastifyRequest<{ Params: { install: string } }>): Sender {
  return { install: request.params.install, keyId: proofOf(request).keyId };
}

function knowsEntities(request: FastifyRequest): boolean {
  const features = request.headers[channelFeaturesHeader];
  return String(features ?? '')
    .split(',')
    .some((each) => each.trim() === entitiesFeature);
}

/** The address was proven; what the document says of itself must be the same. */
function requireOwn(said: string, proven: string): void {
  if (said === proven) return;
  throw new LandfallError('LF-CONTROL-PLANE-007', `the document is of install ${said}, but was sent for ${proven}`);
}
