import { LandfallError } from '../../contract/index.ts';
import type { Context } from '../context.ts';

export type ChannelSnapshot = { etag: string; bytes: Buffer };

/** The newest signed documents of an install, as the bytes they were stored as: never parsed, never written anew. */
export type ChannelReader = {
  /** The runner's ETag: what it names the runner has. */
  known?: string | undefined;
  /** Whether the runner knows entities; one that does not is told nothing of them, and its answer does not grow by them. */
  entities?: boolean;
};

export async function readChannel(
  { db }: Context,
  install: string,
  reader: ChannelReader = {},
): Promise<ChannelSnapshot> {
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
    .leftJoin('entityList', 'entityList.install', 'install.id')
    .select([
      'install.sequence',
      'install.entitySequence',
      'install.requestSequence',
      'desiredState.envelope as desiredState',
      'requestList.envelope as requests',
      'entityList.envelope as entities',
    ])
    .where('install.id', '=', install)
    .executeTakeFirst();
  if (row === undefined) throw new LandfallError('LF-CONTROL-PLANE-008', `there is no install ${install}`);
  const { sequence, requestSequence, entitySequence, desiredState, requests } = row;
  const documents = `"desiredState":${desiredState ?? 'null'},"requests":${requests ?? 'null'}`;
  if (reader.entities !== true) {
    return { etag: `"${sequence}.${requestSequence}"`, bytes: Buffer.from(`{${documents}}`) };
  }
  // The list may be large, and most news is of something else.
  const has = Number(/^"\d+\.\d+\.(\d+)"$/.exec(reader.known ?? '')?.[1] ?? '0');
  const entities = has === entitySequence ? null : row.entities;
  return {
    etag: `"${sequence}.${requestSequence}.${entitySequence}"`,
    bytes: Buffer.from(`{${documents},"entities":${entities ?? 'null'}}`),
  };
}
