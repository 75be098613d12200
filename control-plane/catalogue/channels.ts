import * as z from 'zod';
import { LandfallError, nameSchema, versionSchema } from '../../contract/index.ts';
import { channelTopic, pagesTopic } from '../channel/bell.ts';
import { reconcileAll } from '../channel/reconcile.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { findProduct, type Outcome } from './products.ts';
import { findRelease } from './releases.ts';

export const newChannelSchema = z.strictObject({ name: nameSchema });
export const channelSchema = z.object({ product: z.string(), name: nameSchema, version: versionSchema.nullable() });
export const promotionSchema = z.strictObject({ version: versionSchema });
export type Channel = z.infer<typeof channelSchema>;

export async function createChannel(context: Context, product: string, name: string): Promise<Outcome<Channel>> {
  await findProduct(context, product);
  const inserted = await context.db
    .insertInto('channel')
    .values({ product, name, version: null, createdAt: context.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return { created: inserted.numInsertedOrUpdatedRows === 1n, value: await findChannel(context, product, name) };
}

export async function listChannels({ db }: Context, product: string): Promise<Channel[]> {
  const rows = await db.selectFrom('channel').selectAll().where('product', '=', product).orderBy('name').execute();
  return rows.map((row) => channelSchema.parse(row));
}

export async function findChannel({ db }: Context, product: string, name: string): Promise<Channel> {
  const row = await db
    .selectFrom('channel')
    .selectAll()
    .where('product', '=', product)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined) throw new LandfallError('LF-CONTROL-PLANE-008', `${product} has no channel ${name}`);
  return channelSchema.parse(row);
}

/**
 * Puts a release on a channel. One transaction says what is wanted of every install on it; the reconciler then makes the desired
 * states, and makes them after a crash too. Promoting what is there already changes nothing.
 */
export async function promote(context: Context, product: string, name: string, version: string): Promise<Channel> {
  const channel = await findChannel(context, product, name);
  await findRelease(context, product, version);
  if (channel.version !== version) {
    const installs = await context.db.transaction().execute(async (db) => {
      const changed = await db
        .updateTable('channel')
        .set({ version })
        .where('product', '=', product)
        .where('name', '=', name)
        .where('version', 'is distinct from', version)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return [];
      const message = `${product} ${version} was promoted to channel ${name}.`;
      await recordEvent({ db, clock: context.clock }, { reason: 'Promoted', message });
      return db
        .updateTable('install')
        .set((eb) => ({ generation: eb('generation', '+', 1) }))
        .where('product', '=', product)
        .where('channel', '=', name)
        .returning('id')
        .execute();
    });
    for (const { id } of installs) context.bell.ring(channelTopic(id));
    context.bell.ring(pagesTopic);
  }
  await reconcileAll(context);
  return findChannel(context, product, name);
}
