import * as z from 'zod';
import { entityNameSchema, entityTypeNameSchema, installIdSchema } from '../../contract/index.ts';
import { entityTypeSummarySchema } from '../catalogue/releases.ts';
import type { Context } from '../context.ts';
import {
  applyEntities,
  entityBatchSchema,
  entitySpecSchema,
  entityViewSchema,
  findEntity,
  listEntities,
  removeEntity,
  typesOf,
} from '../entities/entities.ts';
import type { App } from '../http/app.ts';
import { requireVendor } from '../http/vendor-auth.ts';
import { findInstall } from '../installs/installs.ts';

const tags = ['entities'];
const ofInstall = z.object({ install: installIdSchema });
const ofEntity = ofInstall.extend({ type: entityTypeNameSchema, name: entityNameSchema });
const entityPath = '/v1/installs/:install/entities/:type/:name';

/** What customers' developers create in an install. */
export function entityRoutes(app: App, context: Context): void {
  const onRequest = requireVendor(context, 'admin');

  app.get(
    '/v1/installs/:install/entity-types',
    {
      onRequest,
      schema: { tags, params: ofInstall, response: { 200: z.object({ types: z.array(entityTypeSummarySchema) }) } },
    },
    async (request) => ({ types: await typesOf(context, request.params.install) }),
  );
  app.get(
    '/v1/installs/:install/entities',
    {
      onRequest,
      schema: {
        tags,
        params: ofInstall,
        querystring: z.object({
          type: entityTypeNameSchema.optional(),
          /** `<type>/<name>` of the last one of the page before. */
          after: z
            .string()
            .regex(/^[A-Za-z0-9]{1,20}\/[a-z0-9-]{1,40}$/)
            .optional(),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
        response: { 200: z.object({ entities: z.array(entityViewSchema) }) },
      },
    },
    async (request) => {
      const { type, after, limit } = request.query;
      const { install } = request.params;
      await findInstall(context, install);
      const [afterType = '', afterName = ''] = after?.split('/') ?? [];
      const last = after === undefined ? undefined : { type: afterType, name: afterName };
      return { entities: await listEntities(context, install, { type, after: last, limit }) };
    },
  );
  app.post(
    '/v1/installs/:install/entities',
    {
      onRequest,
      schema: {
        tags,
        params: ofInstall,
        body: entityBatchSchema,
        response: { 200: z.object({ created: z.number(), changed: z.number() }) },
      },
    },
    (request) => applyEntities(context, request.params.install, request.body.entities),
  );
  app.put(
    entityPath,
    {
      onRequest,
      schema: {
        tags,
        params: ofEntity,
        body: entitySpecSchema,
        response: { 200: entityViewSchema, 201: entityViewSchema },
      },
    },
    async (request, reply) => {
      const { install, type, name } = request.params;
      const { created } = await applyEntities(context, install, [{ type, name, spec: request.body.spec }]);
      return reply.code(created === 1 ? 201 : 200).send(await findEntity(context, install, { type, name }));
    },
  );
  app.get(
    entityPath,
    { onRequest, schema: { tags, params: ofEntity, response: { 200: entityViewSchema } } },
    (request) => findEntity(context, request.params.install, request.params),
  );
  app.delete(
    entityPath,
    { onRequest, schema: { tags, params: ofEntity, response: { 202: entityViewSchema } } },
    async (request, reply) => reply.code(202).send(await removeEntity(context, request.params.install, request.params)),
  );
}
