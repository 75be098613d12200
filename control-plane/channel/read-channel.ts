import { LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';

export type ChannelSnapshot = { etag: string; bytes: Buffer };

/** The newest signed documents of an install, as the bytes they were stored as: never parsed, never written anew. */
export async function readChannel({ db }: Context, install: string): Promise<ChannelSnapshot> {
  const row = await db
    .selectFrom('install')
    .leftJoin('desiredState', (join) =>
      join.onRef('desiredState.install', '=', 'install.id').onRef('desiredState.sequence', '=', 'install.sequence'),
    )
    .leftJoin('requestList', (join) =>
      join
        .onRef('requestList.install', '=', 'install.id')
        .onRef('requestList.sequence', '=', 'install.requestSequence'),
    )
    .select([
      'install.sequence',
      'install.requestSequence',
      'desiredState.envelope as desiredState',
      'requestList.envelope as requests',
    ])
    .where('install.id', '=', install)
    .executeTakeFirst();
  if (row === undefined) throw new LandfallError('LF-CONTROL-PLANE-008', `there is no install ${install}`);
  return {
    etag: `"${row.sequence}.${row.requestSequence}"`,
    bytes: Buffer.from(`{"desiredState":${row.desiredState ?? 'null'},"requests":${row.requests ?? 'null'}}`),
  };
}
