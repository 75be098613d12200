import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import {
  apiVersion,
  canonicalJson,
  componentNameSchema,
  instantSchema,
  LandfallError,
  payloadTypes,
  type Request,
  requestListSchema,
  requestSchema,
} from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { findInstall } from '../installs/installs.ts';
import { channelTopic, pagesTopic } from './bell.ts';

export const newRequestSchema = z.strictObject({
  /** Chosen by the caller to send it again safely; else made here. */
  id: requestSchema.shape.id.optional(),
  verb: z.string().regex(/^[a-z][a-z-]{0,31}(?::[a-z0-9-]{1,31})?$/),
  component: componentNameSchema.optional(),
  expiresInSeconds: z.number().int().min(10).max(86_400).default(600),
});
export type NewRequest = z.infer<typeof newRequestSchema>;

export const listedRequestSchema = requestSchema.extend({ createdAt: instantSchema });
export type ListedRequest = z.infer<typeof listedRequestSchema>;

/** Adds a one-off wish and issues the install's request list anew: signed, with a sequence of its own. */
export async function addRequest(context: Context, install: string, wanted: NewRequest): Promise<ListedRequest> {
  await findInstall(context, install);
  const id = wanted.id ?? randomUUID();
  const now = context.clock.now();
  const inserted = await context.db
    .insertInto('request')
    .values({
      ...{ install, id, verb: wanted.verb, component: wanted.component ?? null, createdAt: now },
      expiresAt: new Date(now.getTime() + wanted.expiresInSeconds * 1000),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  const requests = await listRequests(context, install);
  const request = requests.find((candidate) => candidate.id === id);
  if (request === undefined || request.verb !== wanted.verb || request.component !== wanted.component) {
    throw new LandfallError('LF-CONTROL-PLANE-009', `request ${id} of ${install} exists with other content`);
  }
  if (inserted.numInsertedOrUpdatedRows === 1n) {
    const target = wanted.component === undefined ? '' : ` of ${wanted.component}`;
    const message = `Requested: ${wanted.verb}${target}.`;
    await recordEvent(context, { install, reason: 'RequestAdded', component: wanted.component ?? null, message });
  }
  await issueRequestList(context, install);
  return request;
}

/** The newest first. */
export async function listRequests({ db }: Context, install: string): Promise<ListedRequest[]> {
  const rows = await db
    .selectFrom('request')
    .selectAll()
    .where('install', '=', install)
    .orderBy('createdAt', 'desc')
    .limit(100)
    .execute();
  return rows.map((row) =>
    listedRequestSchema.parse({
      id: row.id,
      verb: row.verb,
      component: row.component ?? undefined,
      expiresAt: row.expiresAt.toISOString(),
      createdAt: row.createdAt.toISOString(),
    }),
  );
}

async function issueRequestList(context: Context, install: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await tryIssue(context, install)) return;
  }
  throw new LandfallError('LF-CONTROL-PLANE-016', `the requests of ${install} change faster than they can be written`, {
    temporary: true,
  });
}

async function tryIssue(context: Context, install: string): Promise<boolean> {
  const now = context.clock.now();
  const { requestSequence } = await context.db
    .selectFrom('install')
    .select('requestSequence')
    .where('id', '=', install)
    .executeTakeFirstOrThrow();
  const open: Request[] = (await listRequests(context, install))
    .filter((request) => new Date(request.expiresAt) > now)
    .slice(0, 50)
    .map((request) => requestSchema.parse(request));
  const sequence = requestSequence + 1;
  const document = { apiVersion, kind: 'RequestList', critical: [], install, sequence, requests: open };
  const bytes = Buffer.from(canonicalJson(requestListSchema.parse(document)));
  const envelope = JSON.stringify(await context.signer.sign(payloadTypes.requests, bytes));
  const written = await context.db.transaction().execute(async (db) => {
    const claimed = await db
      .updateTable('install')
      .set({ requestSequence: sequence })
      .where('id', '=', install)
      .where('requestSequence', '=', requestSequence)
      .executeTakeFirst();
    if (claimed.numUpdatedRows === 0n) return false;
    await db.insertInto('requestList').values({ install, sequence, envelope, issuedAt: now }).execute();
    return true;
  });
  if (written) {
    context.bell.ring(channelTopic(install));
    context.bell.ring(pagesTopic);
  }
  return written;
}
