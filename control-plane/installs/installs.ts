import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import * as z from 'zod';
import {
  canonicalJson,
  completeInputs,
  installIdSchema,
  instantSchema,
  jsonObjectSchema,
  LandfallError,
  nameSchema,
  productNameSchema,
  secretReferenceSchema,
} from '../../contract/index.ts';
import { findChannel } from '../catalogue/channels.ts';
import type { Outcome } from '../catalogue/products.ts';
import { findRelease, requireSecrets } from '../catalogue/releases.ts';
import { pagesTopic } from '../channel/bell.ts';
import { reconcileInstall } from '../channel/reconcile.ts';
import type { Context } from '../context.ts';
import type { Tables } from '../database/tables.ts';
import { recordEvent } from '../events/record-event.ts';

const secretsSchema = z.record(z.string().max(64), secretReferenceSchema);

export const newInstallSchema = z.strictObject({
  id: installIdSchema,
  product: productNameSchema,
  channel: nameSchema,
  title: z.string().max(120).default(''),
  environment: nameSchema.default('prod'),
  /** Of the customer's cloud, for people: `eu-central-1`. */
  region: z.string().max(64).default(''),
  inputs: jsonObjectSchema.default({}),
  /** References into the customer's own store; a value never comes here. */
  secrets: secretsSchema.default({}),
});
export type NewInstall = z.infer<typeof newInstallSchema>;

export const installChangeSchema = z.strictObject({
  channel: nameSchema.optional(),
  title: z.string().max(120).optional(),
  inputs: jsonObjectSchema.optional(),
  secrets: secretsSchema.optional(),
});
export type InstallChange = z.infer<typeof installChangeSchema>;

export const installSchema = newInstallSchema.extend({
  /** For the trust of the install role (sts:ExternalId): random, made here, never chosen by the customer. */
  externalId: z.string(),
  desiredSequence: z.number().int(),
  /** Why the newest wish could not become a desired state. */
  blocked: z.string().nullable(),
  lastHeardAt: instantSchema.nullable(),
  createdAt: instantSchema,
});
export type Install = z.infer<typeof installSchema>;

/** Inputs and secrets are checked with the release on the channel. The same install may be sent again. */
export async function createInstall(context: Context, wanted: NewInstall): Promise<Outcome<Install>> {
  await requireFit(context, wanted);
  const created = await context.db.transaction().execute(async (db) => {
    const inserted = await db
      .insertInto('install')
      .values({
        ...wanted,
        inputs: canonicalJson(wanted.inputs),
        secrets: canonicalJson(wanted.secrets),
        externalId: randomBytes(24).toString('base64url'),
        createdAt: context.clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) return false;
    const message = `Install ${wanted.id} of ${wanted.product} was created on channel ${wanted.channel}.`;
    await recordEvent({ db, clock: context.clock }, { install: wanted.id, reason: 'InstallCreated', message });
    return true;
  });
  await reconcileInstall(context, wanted.id);
  const value = await findInstall(context, wanted.id);
  if (!created && canonicalJson(asWanted(value)) !== canonicalJson(wanted)) {
    throw new LandfallError('LF-CONTROL-PLANE-009', `install ${wanted.id} exists with other content`);
  }
  context.bell.ring(pagesTopic);
  return { created, value };
}

export async function changeInstall(context: Context, id: string, change: InstallChange): Promise<Install> {
  const before = await findInstall(context, id);
  const wanted = { ...asWanted(before), ...defined(change) };
  if (canonicalJson(wanted) === canonicalJson(asWanted(before))) return before;
  await requireFit(context, wanted);
  await context.db.transaction().execute(async (db) => {
    await db
      .updateTable('install')
      .set((eb) => ({
        ...(change.channel === undefined ? {} : { channel: change.channel }),
        ...(change.title === undefined ? {} : { title: change.title }),
        ...(change.inputs === undefined ? {} : { inputs: canonicalJson(change.inputs) }),
        ...(change.secrets === undefined ? {} : { secrets: canonicalJson(change.secrets) }),
        generation: eb('generation', '+', 1),
      }))
      .where('id', '=', id)
      .execute();
    const message = `Changed: ${Object.keys(defined(change)).join(', ')}.`;
    await recordEvent({ db, clock: context.clock }, { install: id, reason: 'InstallChanged', message });
  });
  await reconcileInstall(context, id);
  return findInstall(context, id);
}

export async function listInstalls({ db }: Context): Promise<Install[]> {
  const rows = await db.selectFrom('install').selectAll().orderBy('id').execute();
  return rows.map(fromRow);
}

export async function findInstall({ db }: Context, id: string): Promise<Install> {
  const row = await db.selectFrom('install').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new LandfallError('LF-CONTROL-PLANE-008', `there is no install ${id}`);
  return fromRow(row);
}

async function requireFit(context: Context, wanted: NewInstall): Promise<void> {
  const channel = await findChannel(context, wanted.product, wanted.channel);
  if (channel.version === null) return;
  const release = await findRelease(context, wanted.product, channel.version);
  completeInputs(release.inputs.schema, wanted.inputs);
  requireSecrets(release.inputs, wanted.secrets);
}

function fromRow(row: Selectable<Tables['install']>): Install {
  return installSchema.parse({
    id: row.id,
    product: row.product,
    channel: row.channel,
    title: row.title,
    environment: row.environment,
    region: row.region,
    inputs: JSON.parse(row.inputs),
    secrets: JSON.parse(row.secrets),
    externalId: row.externalId,
    desiredSequence: row.sequence,
    blocked: row.blocked,
    lastHeardAt: row.lastHeardAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  });
}

function asWanted(install: Install): NewInstall {
  const { id, product, channel, title, environment, region, inputs, secrets } = install;
  return { id, product, channel, title, environment, region, inputs, secrets };
}

function defined(change: InstallChange): InstallChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
