import {
  apiVersion,
  type Clock,
  describeError,
  type EntityReference,
  type EntityReport,
  type EntityState,
  type InstallId,
  mostStatesInReport,
} from '../../contract/index.ts';
import type { Backoff } from '../channel/index.ts';
import { createDelivery, type Delivery } from '../assembly/delivery.ts';
import type { Authorize, Gate } from '../egress/index.ts';

export type EntityReporter = Delivery & {
  /** The state of one entity has changed, or it is gone. */
  tell(key: string): void;
  /** Everything was looked at once: from here on silence means that there is nothing. */
  begin(): void;
};

export type EntityReporterOptions = {
  install: InstallId;
  runner: EntityReport['runner'];
  states: () => ReadonlyMap<string, EntityState>;
  /** Of the list in force. */
  acceptedSequence: () => number;
  nextSequence: () => Promise<number>;
  gate: Pick<Gate, 'send'>;
  authorize: Authorize;
  clock: Clock;
  backoff: Backoff;
  onTrouble: (message: string) => void;
};

/** What changes within this time is told together. */
const gatherMs = 250;

/** Tells the control plane what has changed among the entities, in parts that are sent until they have arrived; a new process tells of all of them. */
export function createEntityReporter(options: EntityReporterOptions): EntityReporter {
  const { clock, states } = options;
  /** By key what was told last; null: not yet. */
  const pending = new Set<string>();
  let begun = false;
  let told: number | null = null;

  const attempt = async (signal: AbortSignal): Promise<boolean> => {
    const accepted = options.acceptedSequence();
    if (!begun || (pending.size === 0 && told === accepted)) return false;
    await clock.sleep(gatherMs, signal);
    const keys = [...pending].slice(0, mostStatesInReport);
    const part = partOf(keys, states());
    const acceptedSequence = options.acceptedSequence();
    const document: EntityReport = {
      ...{ apiVersion, kind: 'EntityReport', critical: [], install: options.install, runner: options.runner },
      ...{ sequence: await options.nextSequence(), at: clock.now().toISOString(), acceptedSequence },
      complete: keys.length === pending.size,
      ...part,
    };
    // Whatever changes while it is under way is told again.
    for (const key of keys) pending.delete(key);
    try {
      await options.gate.send('entity-states', document, { signal, authorize: options.authorize });
    } catch (error) {
      for (const key of keys) pending.add(key);
      throw error;
    }
    told = acceptedSequence;
    return true;
  };

  const delivery = createDelivery({
    attempt,
    clock,
    backoff: options.backoff,
    onTrouble: (error) => options.onTrouble(`the states of entities are not delivered yet: ${describeError(error)}`),
  });
  return {
    ...delivery,
    tell: (key) => {
      pending.add(key);
      delivery.changed();
    },
    begin: () => {
      begun = true;
      delivery.changed();
    },
  };
}

function partOf(
  keys: readonly string[],
  states: ReadonlyMap<string, EntityState>,
): { entities: EntityState[]; gone: EntityReference[] } {
  const entities: EntityState[] = [];
  const gone: EntityReference[] = [];
  for (const key of keys) {
    const state = states.get(key);
    if (state !== undefined) entities.push(state);
    else gone.push({ type: key.slice(0, key.indexOf('/')), name: key.slice(key.indexOf('/') + 1) });
  }
  return { entities, gone };
}
