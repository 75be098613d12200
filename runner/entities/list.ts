import * as z from 'zod';
import {
  type Clock,
  describeError,
  type EntityList,
  type Envelope,
  envelopeSchema,
  LandfallError,
  type Verifier,
} from '../../contract/index.ts';
import { acceptEntities, type Backoff, type Guards, openEntities, retrying } from '../channel/index.ts';
import type { Effects, Store } from '../ports.ts';

export type EntityLists = {
  /** Puts what was accepted before in force again; call once, before the first `receive`. */
  start(): Promise<void>;
  receive(envelope: Envelope | null): void;
  /** Of the list in force; 0: none. */
  sequence(): number;
  settled(): Promise<void>;
};

export type EntityListsOptions = {
  install: string;
  verifier: Verifier;
  store: Store;
  effects: Effects;
  clock: Clock;
  backoff: Backoff;
  /** In force, and kept. */
  onAccepted: (list: EntityList) => void;
  /** The cluster is away: it is tried again. The control plane will not send the list a second time. */
  onWaiting: (error: LandfallError) => void;
  /** Goes into the report. What is in force stays so. */
  onRefused: (error: unknown) => void;
  signal: AbortSignal;
  guards?: Guards;
};

const documentName = 'entities';
const keptSchema = z.object({ sequence: z.number().int().min(1), envelope: envelopeSchema });

/** The signed list of entities: only a newer one of this install takes its place, and a refused one takes nothing along, least of all the release. */
export function createEntityLists(options: EntityListsOptions): EntityLists {
  const { install, verifier, store, effects, clock } = options;
  const guards = options.guards ?? {};
  let highest = 0;
  let sequence = 0;
  let work: Promise<void> = Promise.resolve();

  const putInForce = (list: EntityList): void => {
    sequence = list.sequence;
    options.onAccepted(list);
  };

  const handle = async (envelope: Envelope): Promise<void> => {
    const now = clock.now();
    const list = await acceptEntities(envelope, { install, verifier, now, highest, guards });
    if (list === null) return;
    const before = await store.get(documentName, keptSchema);
    const about = { target: documentName, intent: `accept the list of entities ${list.sequence}` };
    await effects.run('entity-list', about, () =>
      store.put(documentName, { sequence: list.sequence, envelope }, before?.revision ?? null),
    );
    highest = list.sequence;
    putInForce(list);
  };

  const refuse = (error: unknown): void => {
    if (options.signal.aborted) return;
    options.onRefused(
      error instanceof LandfallError ? error : new LandfallError('LF-RUNNER-099', describeError(error)),
    );
  };

  return {
    start: async () => {
      const kept = await store.get(documentName, keptSchema);
      if (kept === null) return;
      highest = kept.value.sequence;
      try {
        // Expiry and sequence count when a list is accepted; what is in force stays in force.
        putInForce(await openEntities(kept.value.envelope, { install, verifier, guards }));
      } catch (error) {
        refuse(error);
      }
    },
    receive: (envelope) => {
      if (envelope === null) return;
      work = work.then(() => retrying(options, () => handle(envelope))).catch(refuse);
    },
    sequence: () => sequence,
    settled: () => work,
  };
}
