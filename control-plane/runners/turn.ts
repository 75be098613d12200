import { LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';

/** Whose document it is: the install, and the enrolled key that proved it. */
export type Sender = { install: string; keyId: string };

/** Where a document stands among those of its install. No clock has a say: a runner's may be set back. */
export type Turn = {
  /** Of the key that sent it; null: from before it was kept. */
  keyId: string | null;
  leaseEpoch: number;
  /** Grows over a runner's restarts, too. */
  sequence: number;
};

/**
 * Whether one was overtaken on its way. By lease epoch, so that a runner that lost its lease is not believed; then by sequence. Both begin anew
 * where the runner does (a new namespace, a new cluster), and so does its key: what another key sent says nothing of these numbers.
 */
export function isOvertaken(turn: Turn, by: Turn): boolean {
  if (turn.keyId !== by.keyId) return false;
  if (turn.leaseEpoch !== by.leaseEpoch) return turn.leaseEpoch < by.leaseEpoch;
  return turn.sequence < by.sequence;
}

/**
 * Holds the install's row until the transaction ends: two documents of one install are never compared with the same predecessor, and none of an
 * old key comes after one of the new. LF-CONTROL-PLANE-004 when the key was replaced since the request was proven.
 */
export async function lockInstall(db: Context['db'], { install, keyId }: Sender): Promise<void> {
  await holdInstall(db, install);
  const enrolled = await db
    .selectFrom('runnerKey')
    .select('keyId')
    .where('keyId', '=', keyId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (enrolled !== undefined) return;
  throw new LandfallError('LF-CONTROL-PLANE-004', `another runner of ${install} was enrolled in place of this one`);
}

/** Until the transaction ends, whoever else asks for the install's row waits. */
export async function holdInstall(db: Context['db'], install: string): Promise<void> {
  await db.selectFrom('install').select('id').where('id', '=', install).forUpdate().execute();
}
