import * as z from 'zod';
import {
  type Envelope,
  LandfallError,
  type SealReport,
  clockSkewSeconds,
  describeError,
  digestOfSeal,
  envelopeSchema,
  instantSchema,
  openSeal,
  pinnedKeysVerifier,
  sealReportSchema,
  unverifiedSeal,
} from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import { lockInstall, type Sender } from './turn.ts';

/** A seal as people see it: what the runner signed, and whether its enrolled key vouches for it now. */
export const storedSealSchema = z.object({
  report: sealReportSchema,
  envelope: envelopeSchema,
  /** The enrolled key that the signature was checked with. */
  keyId: z.string(),
  publicKeyPem: z.string(),
  /** null: genuine, and not dated ahead; else why not. */
  doubt: z.string().nullable(),
  receivedAt: instantSchema,
});
export type StoredSeal = z.infer<typeof storedSealSchema>;

/** Keeps the newest seal; one that was overtaken on its way is dropped without an error. It must be signed by the key that sends it. */
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
  const stored = await context.db.transaction().execute(async (db) => {
    await lockInstall(db, from);
    const before = await db.selectFrom('seal').selectAll().where('install', '=', from.install).executeTakeFirst();
    if (before?.keyId === from.keyId && !follows(envelope, report, before)) return false;
    await db
      .insertInto('seal')
      .values({ install: from.install, ...row })
      .onConflict((conflict) => conflict.column('install').doUpdateSet(row))
      .execute();
    return true;
  });
  if (stored) context.bell.ring(pagesTopic);
}

type Kept = { envelope: string; at: Date; receivedAt: Date };

/** Of two that one key signed. The same one again changes nothing: when it arrived first counts. */
function follows(envelope: Envelope, { previous, at }: SealReport, before: Kept): boolean {
  const kept = envelopeSchema.parse(JSON.parse(before.envelope));
  const digest = digestOfSeal(envelope);
  if (digest === digestOfSeal(kept) || digest === unverifiedSeal(kept).previous) return false;
  // Each names the one before it, whatever the clock: it may have been set back, and the time of one that is dated ahead says nothing.
  return previous === digestOfSeal(kept) || isAhead(before) || before.at <= new Date(at);
}

/** It is dated later than it arrived: by a clock that ran ahead when it was made. */
function isAhead({ at, receivedAt }: Pick<Kept, 'at' | 'receivedAt'>): boolean {
  return at.getTime() - receivedAt.getTime() > clockSkewSeconds * 1000;
}

export async function readSeal(context: Context, install: string): Promise<StoredSeal | null> {
  const row = await context.db
    .selectFrom('seal')
    .innerJoin('runnerKey', 'runnerKey.keyId', 'seal.keyId')
    .selectAll('seal')
    .select(['runnerKey.publicKey', 'runnerKey.revokedAt'])
    .where('seal.install', '=', install)
    .executeTakeFirst();
  if (row === undefined) return null;
  const envelope = envelopeSchema.parse(JSON.parse(row.envelope));
  return {
    report: unverifiedSeal(envelope),
    envelope,
    keyId: row.keyId,
    publicKeyPem: row.publicKey,
    doubt: await doubtOf(envelope, row),
    receivedAt: row.receivedAt.toISOString(),
  };
}

/** Looked at again each time it is shown: neither this database nor its backups are believed. */
async function doubtOf(
  envelope: Envelope,
  kept: { publicKey: string; revokedAt: Date | null; receivedAt: Date },
): Promise<string | null> {
  try {
    const report = await openSeal(envelope, pinnedKeysVerifier([kept.publicKey]));
    if (kept.revokedAt !== null) return 'it was signed by a runner that is no longer the enrolled one';
    if (!isAhead({ at: new Date(report.at), receivedAt: kept.receivedAt })) return null;
    return `it is dated ${report.at}, but arrived at ${kept.receivedAt.toISOString()}: the runner's clock ran ahead; its next seal replaces this one`;
  } catch (error) {
    return describeError(error);
  }
}

async function keyOf({ db }: Context, keyId: string): Promise<{ publicKey: string }> {
  return db.selectFrom('runnerKey').select('publicKey').where('keyId', '=', keyId).executeTakeFirstOrThrow();
}
