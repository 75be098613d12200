import * as z from 'zod';
import { installIdSchema, reportSchema } from '../../contract/index.ts';
import { addRequest, listedRequestSchema, listRequests, newRequestSchema } from '../channel/requests.ts';
import type { Context } from '../context.ts';
import { eventSchema, readEvents } from '../events/read-events.ts';
import type { App } from '../http/app.ts';
import { requireVendor } from '../http/vendor-auth.ts';
import {
  changeInstall,
  createInstall,
  findInstall,
  installChangeSchema,
  installSchema,
  listInstalls,
  newInstallSchema,
} from '../installs/installs.ts';
import { createJoinToken, joinTokenSchema, newJoinTokenSchema } from '../installs/join-tokens.ts';
import { readReport } from '../runners/reports.ts';
import { readSeal, storedSealSchema } from '../runners/seals.ts';
import { readTelemetry, storedTelemetrySchema } from '../runners/telemetry.ts';

const ofInstall = z.object({ install: installIdSchema });
const limit = z.coerce.number().int().min(1).max(500).default(100);
const tags = ['installs'];

export function installRoutes(app: App, context: Context): void {
  const onRequest = requireVendor(context, 'admin');

  app.post(
    '/v1/installs',
    { onRequest, schema: { tags, body: newInstallSchema, response: { 200: installSchema, 201: installSchema } } },
    async (request, reply) => {
      const { created, value } = await createInstall(context, request.body);
      return reply.code(created ? 201 : 200).send(value);
    },
  );
  app.get(
    '/v1/installs',
    { onRequest, schema: { tags, response: { 200: z.object({ installs: z.array(installSchema) }) } } },
    async () => ({ installs: await listInstalls(context) }),
  );
  app.get(
    '/v1/installs/:install',
    { onRequest, schema: { tags, params: ofInstall, response: { 200: installSchema } } },
    (request) => findInstall(context, request.params.install),
  );
  app.patch(
    '/v1/installs/:install',
    { onRequest, schema: { tags, params: ofInstall, body: installChangeSchema, response: { 200: installSchema } } },
    (request) => changeInstall(context, request.params.install, request.body),
  );
  app.post(
    '/v1/installs/:install/join-tokens',
    { onRequest, schema: { tags, params: ofInstall, body: newJoinTokenSchema, response: { 201: joinTokenSchema } } },
    async (request, reply) => {
      const token = await createJoinToken(context, request.params.install, request.body.expiresInSeconds);
      return reply.code(201).header('cache-control', 'no-store').send(token);
    },
  );
  app.post(
    '/v1/installs/:install/requests',
    { onRequest, schema: { tags, params: ofInstall, body: newRequestSchema, response: { 201: listedRequestSchema } } },
    async (request, reply) => reply.code(201).send(await addRequest(context, request.params.install, request.body)),
  );
  app.get(
    '/v1/installs/:install/requests',
    {
      onRequest,
      schema: { tags, params: ofInstall, response: { 200: z.object({ requests: z.array(listedRequestSchema) }) } },
    },
    async (request) => {
      await findInstall(context, request.params.install);
      return { requests: await listRequests(context, request.params.install) };
    },
  );
  readingRoutes(app, context);
}

/** What has been heard of an install. */
function readingRoutes(app: App, context: Context): void {
  const onRequest = requireVendor(context, 'admin');

  app.get(
    '/v1/installs/:install/events',
    {
      onRequest,
      schema: {
        tags,
        params: ofInstall,
        querystring: z.object({ after: z.coerce.number().int().min(0).default(0), limit }),
        response: { 200: z.object({ events: z.array(eventSchema) }) },
      },
    },
    async (request) => {
      await findInstall(context, request.params.install);
      return { events: await readEvents(context, request.params.install, request.query.after, request.query.limit) };
    },
  );
  app.get(
    '/v1/installs/:install/report',
    {
      onRequest,
      schema: { tags, params: ofInstall, response: { 200: z.object({ report: reportSchema.nullable() }) } },
    },
    async (request) => {
      await findInstall(context, request.params.install);
      return { report: await readReport(context, request.params.install) };
    },
  );
  app.get(
    '/v1/installs/:install/seal',
    {
      onRequest,
      schema: { tags, params: ofInstall, response: { 200: z.object({ seal: storedSealSchema.nullable() }) } },
    },
    async (request) => {
      await findInstall(context, request.params.install);
      return { seal: await readSeal(context, request.params.install) };
    },
  );
  app.get(
    '/v1/installs/:install/telemetry',
    {
      onRequest,
      schema: {
        tags,
        params: ofInstall,
        querystring: z.object({ type: z.enum(['log', 'event', 'component-state', 'gap']).optional(), limit }),
        response: { 200: z.object({ records: z.array(storedTelemetrySchema) }) },
      },
    },
    async (request) => {
      const { type, limit } = request.query;
      await findInstall(context, request.params.install);
      const filter = type === undefined ? { limit } : { type, limit };
      return { records: await readTelemetry(context, request.params.install, filter) };
    },
  );
}
