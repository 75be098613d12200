import type { Kysely } from 'kysely';
import type { Clock, Signer } from '../contract/index.ts';
import type { Bell } from './channel/bell.ts';
import type { Tables } from './database/tables.ts';

/** What every part of the room is given. Nothing in it is global. */
export type Context = {
  clock: Clock;
  db: Kysely<Tables>;
  /** Signs desired states and request lists. */
  signer: Signer;
  bell: Bell;
  /** Hex SHA-256 of the tokens of the vendor's API. */
  adminTokenHash: string;
  pipelineTokenHash: string | null;
  /** Seconds a long-poll is held at most. */
  maxWait: number;
  /** The pages' session cookie is marked Secure. */
  secureCookies: boolean;
};
