import * as z from 'zod';
import { instantSchema } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { hashToken, newToken } from '../tokens.ts';
import { findInstall } from './installs.ts';

export const newJoinTokenSchema = z
  .strictObject({
    expiresInSeconds: z
      .number()
      .int()
      .min(60)
      .max(7 * 24 * 3600)
      .default(24 * 3600),
  })
  .prefault({});

export const joinTokenSchema = z.object({ token: z.string(), expiresAt: instantSchema });
export type JoinToken = z.infer<typeof joinTokenSchema>;

/** Shown this once; only its hash is kept. */
export async function createJoinToken(context: Context, install: string, expiresInSeconds: number): Promise<JoinToken> {
  await findInstall(context, install);
  const token = newToken('join');
  const now = context.clock.now();
  const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000);
  await context.db
    .insertInto('joinToken')
    .values({ hash: hashToken(token), install, expiresAt, keyId: null, createdAt: now })
    .execute();
  const message = `A join token was made; it expires at ${expiresAt.toISOString()}.`;
  await recordEvent(context, { install, reason: 'JoinTokenCreated', message });
  return { token, expiresAt: expiresAt.toISOString() };
}
