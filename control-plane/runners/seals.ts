import * as z from 'zod';
import {
  type Envelope,
  LandfallError,
  describeError,
  envelopeSchema,
  instantSchema,
  openSeal,
  pinnedKeysVerifier,
  sealReportSchema,
  unverifiedSeal,
} from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import type { Sender } from './turn.ts';

/** A seal as people see it: what the runner signed, and whether its enrolled key vouches for it now. */
export const storedSealSchema = z.object({
  report: sealReportSchema,
  envelope: envelopeSchema,
  /** The enrolled key that the signature was checked with. */
  keyId: z.string(),
  publicKeyPem: z.string(),
  /** null: genuine; else why not. */
  doubt: z.string().nullable(),
  receivedAt: instantSchema,
});
export type StoredSeal = z.infer<typeof storedSealSchema>;

/** Keeps the newest seal; one that was overtaken on its way is dropped. It must be signed by the key that sends it. */
export async function storeSeal(context: Context, from: Sender, envelope: Envelope): Promise<void> {
  const key = await keyOf(context, from.keyId);
  const report = await openSeal(envelope, pinnedKeysVerifier([key.publicKey]));
  if (report.install !== from.install) {
    const message = `the seal is of install ${report.install}, but was sent for ${from.install}`;
    throw new LandfallError('LF-CONTROL-PLANE-007', message);
  }
  const row = {
    envelope: JSON.stringify(envelope),
    keyId: from.keyId,
    at: new Date(report.at),
    receivedAt: context.clock.now(),
  };
  await context.db
    .insertInto('seal')
    .values({ install: from.install, ...row })
    .onConflict((conflict) => conflict.column('install').doUpdateSet(row).where('seal.at', '<=', row.at))
    .execute();
  context.bell.ring(pagesTopic);
}

export async function readSeal(context: Context, install: string): Promise<StoredSeal | null> {
  const row = await context.db
    .selectFrom('seal')
    .innerJoin('runnerKey', 'runnerKey.keyId', 'seal.keyId')
    .select(['seal.envelope', 'seal.keyId', 'seal.receivedAt', 'runnerKey.publicKey', 'runnerKey.revokedAt'])
    .where('seal.install', '=', install)
    .executeTakeFirst();
  if (row === undefined) return null;
  const envelope = envelopeSchema.parse(JSON.parse(row.envelope));
  return {
    report: unverifiedSeal(envelope),
    envelope,
    keyId: row.keyId,
    publicKeyPem: row.publicKey,
    doubt: await doubtOf(envelope, row.publicKey, row.revokedAt),
    receivedAt: row.receivedAt.toISOString(),
  };
}

/** Looked at again each time it is shown: neither this database nor its backups are believed. */
async function doubtOf(envelope: Envelope, publicKey: string, revokedAt: Date | null): Promise<string | null> {
  try {
    await openSeal(envelope, pinnedKeysVerifier([publicKey]));
    return revokedAt === null ? null : 'it was signed by a runner that is no longer the enrolled one';
  } catch (error) {
    return describeError(error);
  }
}

async function keyOf({ db }: Context, keyId: string): Promise<{ publicKey: string }> {
  return db.selectFrom('runnerKey').select('publicKey').where('keyId', '=', keyId).executeTakeFirstOrThrow();
}
