import { type EnrolAnswer, type EnrolRequest, keyIdOf, LandfallError, readPublicKey } from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { hashToken } from '../tokens.ts';
import { holdInstall } from './turn.ts';

/**
 * Spends a join token on the runner's key. The same token with the same key again is answered the same (the first answer may have been
 * lost); with another key: LF-CONTROL-PLANE-011. A new key replaces the install's old one.
 */
export async function enrol(context: Context, request: EnrolRequest): Promise<EnrolAnswer> {
  const key = readPublicKey(request.publicKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new LandfallError('LF-CONTRACT-007', "a runner's key must be Ed25519");
  }
  const keyId = keyIdOf(key);
  const hash = hashToken(request.joinToken);
  const now = context.clock.now();
  const fresh = await context.db.transaction().execute(async (db) => {
    const token = await db.selectFrom('joinToken').selectAll().where('hash', '=', hash).forUpdate().executeTakeFirst();
    if (token === undefined || token.install !== request.install) {
      throw new LandfallError('LF-CONTROL-PLANE-010', `the join token is not one of ${request.install}'s`);
    }
    if (token.keyId === keyId) return refuseRevoked(await isActive(db, keyId), request.install);
    if (token.keyId !== null) return 'spent' as const;
    if (token.expiresAt <= now) {
      throw new LandfallError('LF-CONTROL-PLANE-010', `the join token expired at ${token.expiresAt.toISOString()}`);
    }
    // Two tokens of one install may come at once: the second key is to see the first, and replace it.
    await holdInstall(db, request.install);
    const owner = await db.selectFrom('runnerKey').selectAll().where('keyId', '=', keyId).executeTakeFirst();
    if (owner !== undefined && (owner.install !== request.install || owner.revokedAt !== null)) {
      throw new LandfallError('LF-CONTROL-PLANE-010', 'the key was enrolled before; make a new one');
    }
    await db.updateTable('joinToken').set({ keyId }).where('hash', '=', hash).execute();
    // The answer to an earlier token never arrived, and a second hand-off has brought this one: it is spent, and nothing else changes.
    if (owner !== undefined) return 'again' as const;
    await db
      .updateTable('runnerKey')
      .set({ revokedAt: now })
      .where('install', '=', request.install)
      .where('revokedAt', 'is', null)
      .execute();
    await db
      .insertInto('runnerKey')
      .values({
        ...{ keyId, install: request.install, publicKey: request.publicKeyPem },
        ...{ runnerVersion: request.runnerVersion, enrolledAt: now },
      })
      .execute();
    const message = `A runner (${request.runnerVersion}) was enrolled with key ${keyId.slice(0, 16)}.`;
    const event = { install: request.install, reason: 'RunnerEnrolled', message };
    await recordEvent({ db, clock: context.clock }, event);
    return 'enrolled' as const;
  });
  if (fresh === 'spent') {
    const message = 'A spent join token was presented with another key and refused.';
    await recordEvent(context, { install: request.install, severity: 'warning', reason: 'JoinTokenReused', message });
    context.bell.ring(pagesTopic);
    throw new LandfallError('LF-CONTROL-PLANE-011', 'the join token was already used with another key');
  }
  context.bell.ring(pagesTopic);
  return { install: request.install, keyId };
}

async function isActive(db: Context['db'], keyId: string): Promise<boolean> {
  const row = await db.selectFrom('runnerKey').select('revokedAt').where('keyId', '=', keyId).executeTakeFirst();
  return row !== undefined && row.revokedAt === null;
}

function refuseRevoked(active: boolean, install: string): 'again' {
  if (active) return 'again';
  throw new LandfallError('LF-CONTROL-PLANE-010', `the key of this join token is no longer ${install}'s`);
}
