import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { jsonObjectSchema, LandfallError, payloadTypes } from '../../contract/index.ts';
import { findRelease } from '../catalogue/releases.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { channelTopic, pagesTopic } from './bell.ts';
import { buildDesiredState, renewBeforeMs } from './build-desired-state.ts';

type Subject = {
  id: string;
  product: string;
  inputs: string;
  secrets: string;
  generation: number;
  reconciledGeneration: number;
  sequence: number;
  blocked: string | null;
  version: string | null;
  expiresAt: Date | null;
};

/** Makes the desired state of every install whose wishes have changed. Rows say what is left to do, so it may stop anywhere and start again. */
export async function reconcileAll(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('install')
    .select('id')
    .whereRef('reconciledGeneration', '<', 'generation')
    .orderBy('id')
    .execute();
  for (const { id } of due) await reconcileInstall(context, id);
}

/** Issues sequence + 1 if what is wanted has changed or the newest document nears its expiry. */
export async function reconcileInstall(context: Context, id: string): Promise<void> {
  // Another replica may have been first; then the rows are read again.
  for (let attempt = 0; attempt < 5; attempt++) {
    const subject = await readSubject(context, id);
    if (subject === undefined || !isDue(subject, context.clock.now())) return;
    if (await issue(context, subject)) return;
  }
  throw new LandfallError('LF-CONTROL-PLANE-016', `the desired state of ${id} changes faster than it can be written`, {
    temporary: true,
  });
}

function isDue(subject: Subject, now: Date): boolean {
  if (subject.reconciledGeneration < subject.generation) return true;
  if (subject.blocked !== null || subject.expiresAt === null) return false;
  return subject.expiresAt.getTime() - now.getTime() < renewBeforeMs;
}

async function readSubject({ db }: Context, id: string): Promise<Subject | undefined> {
  return db
    .selectFrom('install')
    .innerJoin('channel', (join) =>
      join.onRef('channel.product', '=', 'install.product').onRef('channel.name', '=', 'install.channel'),
    )
    .leftJoin('desiredState', (join) =>
      join.onRef('desiredState.install', '=', 'install.id').onRef('desiredState.sequence', '=', 'install.sequence'),
    )
    .select([
      'install.id',
      'install.product',
      'install.inputs',
      'install.secrets',
      'install.generation',
      'install.reconciledGeneration',
      'install.sequence',
      'install.blocked',
      'channel.version',
      'desiredState.expiresAt',
    ])
    .where('install.id', '=', id)
    .executeTakeFirst();
}

/** Signs outside the transaction (the key may be in a vault), then writes only if nobody wrote in between. False: read again. */
async function issue(context: Context, subject: Subject): Promise<boolean> {
  const sequence = subject.sequence + 1;
  const now = context.clock.now();
  let built: ReturnType<typeof buildDesiredState>;
  try {
    const release = subject.version === null ? null : await findRelease(context, subject.product, subject.version);
    const wish = {
      install: subject.id,
      sequence,
      release,
      inputs: jsonObjectSchema.parse(JSON.parse(subject.inputs)),
      secrets: z.record(z.string(), z.unknown()).parse(JSON.parse(subject.secrets)),
      trace: randomBytes(16).toString('hex'),
    };
    built = buildDesiredState(wish, now);
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    return block(context, subject, error);
  }
  const envelope = await context.signer.sign(payloadTypes.desiredState, built.bytes);
  const written = await context.db.transaction().execute(async (db) => {
    const claimed = await db
      .updateTable('install')
      .set({ sequence, reconciledGeneration: subject.generation, blocked: null })
      .where('id', '=', subject.id)
      .where('sequence', '=', subject.sequence)
      .executeTakeFirst();
    if (claimed.numUpdatedRows === 0n) return false;
    const { release, issuedAt, expiresAt } = built.document;
    await db
      .insertInto('desiredState')
      .values({
        install: subject.id,
        sequence,
        envelope: JSON.stringify(envelope),
        version: release?.version ?? null,
        digest: release?.digest ?? null,
        issuedAt: new Date(issuedAt),
        expiresAt: new Date(expiresAt),
      })
      .execute();
    const what = release === null ? 'no release' : `${release.product} ${release.version}`;
    const event = { install: subject.id, reason: 'DesiredStateIssued', message: `Sequence ${sequence}: ${what}.` };
    await recordEvent({ db, clock: context.clock }, event);
    return true;
  });
  if (written) announce(context, subject.id);
  return written;
}

/** Keeps the desired state that is there and says why there is no newer one. */
async function block(context: Context, subject: Subject, error: LandfallError): Promise<boolean> {
  const reason = `${error.code}: ${error.message}`;
  const updated = await context.db
    .updateTable('install')
    .set({ blocked: reason, reconciledGeneration: subject.generation })
    .where('id', '=', subject.id)
    .where('generation', '=', subject.generation)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return false;
  await recordEvent(context, {
    install: subject.id,
    severity: 'warning',
    reason: 'DesiredStateBlocked',
    message: reason,
  });
  context.bell.ring(pagesTopic);
  return true;
}

function announce(context: Context, install: string): void {
  context.bell.ring(channelTopic(install));
  context.bell.ring(pagesTopic);
}
