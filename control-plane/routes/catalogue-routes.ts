import * as z from 'zod';
import { nameSchema, productNameSchema } from '../../contract/index.ts';
import {
  channelSchema,
  createChannel,
  listChannels,
  newChannelSchema,
  promote,
  promotionSchema,
} from '../catalogue/channels.ts';
import { createProduct, findProduct, listProducts, productSchema } from '../catalogue/products.ts';
import {
  listReleases,
  registeredReleaseSchema,
  registerRelease,
  releaseRegistrationSchema,
} from '../catalogue/releases.ts';
import type { Context } from '../context.ts';
import type { App } from '../http/app.ts';
import { requireVendor } from '../http/vendor-auth.ts';

const ofProduct = z.object({ product: productNameSchema });
const ofChannel = ofProduct.extend({ channel: nameSchema });
/** A release's envelope in base64, and its surroundings. */
const releaseBodyLimit = 6 * 1024 * 1024;
const tags = ['catalogue'];

export function catalogueRoutes(app: App, context: Context): void {
  const admin = requireVendor(context, 'admin');
  const pipeline = requireVendor(context, 'admin-or-pipeline');

  app.post(
    '/v1/products',
    { onRequest: admin, schema: { tags, body: productSchema, response: { 200: productSchema, 201: productSchema } } },
    async (request, reply) => {
      const { created, value } = await createProduct(context, request.body);
      return reply.code(created ? 201 : 200).send(value);
    },
  );
  app.get(
    '/v1/products',
    { onRequest: pipeline, schema: { tags, response: { 200: z.object({ products: z.array(productSchema) }) } } },
    async () => ({ products: await listProducts(context) }),
  );
  app.get(
    '/v1/products/:product',
    { onRequest: pipeline, schema: { tags, params: ofProduct, response: { 200: productSchema } } },
    (request) => findProduct(context, request.params.product),
  );
  app.post(
    '/v1/products/:product/releases',
    {
      onRequest: pipeline,
      bodyLimit: releaseBodyLimit,
      config: { depth: 16 },
      schema: {
        tags,
        params: ofProduct,
        body: releaseRegistrationSchema,
        response: { 200: registeredReleaseSchema, 201: registeredReleaseSchema },
      },
    },
    async (request, reply) => {
      const { created, value } = await registerRelease(context, request.params.product, request.body);
      return reply.code(created ? 201 : 200).send(value);
    },
  );
  app.get(
    '/v1/products/:product/releases',
    {
      onRequest: pipeline,
      schema: { tags, params: ofProduct, response: { 200: z.object({ releases: z.array(registeredReleaseSchema) }) } },
    },
    async (request) => {
      await findProduct(context, request.params.product);
      return { releases: await listReleases(context, request.params.product) };
    },
  );
  app.post(
    '/v1/products/:product/channels',
    {
      onRequest: admin,
      schema: {
        tags,
        params: ofProduct,
        body: newChannelSchema,
        response: { 200: channelSchema, 201: channelSchema },
      },
    },
    async (request, reply) => {
      const { created, value } = await createChannel(context, request.params.product, request.body.name);
      return reply.code(created ? 201 : 200).send(value);
    },
  );
  app.get(
    '/v1/products/:product/channels',
    {
      onRequest: pipeline,
      schema: { tags, params: ofProduct, response: { 200: z.object({ channels: z.array(channelSchema) }) } },
    },
    async (request) => {
      await findProduct(context, request.params.product);
      return { channels: await listChannels(context, request.params.product) };
    },
  );
  app.post(
    '/v1/products/:product/channels/:channel/promote',
    {
      onRequest: pipeline,
      schema: { tags, params: ofChannel, body: promotionSchema, response: { 200: channelSchema } },
    },
    (request) => promote(context, request.params.product, request.params.channel, request.body.version),
  );
}
