import type { Envelope, InstallId, LandfallError, Verifier } from '../../contract/index.ts';
import { type Backoff, retrying } from '../channel/index.ts';
import type { Authorize, Gate } from '../egress/index.ts';
import { createMemory, type LastGood } from '../reconcile/memory/memory.ts';
import { freshParts, type ReconcilerOptions } from '../reconcile/parts.ts';
import { createEntityKeeper } from './keeper.ts';
import { createEntityLists } from './list.ts';
import { createEntityRecords } from './records.ts';
import { createEntityReporter, type EntityReporterOptions } from './report.ts';

export type Entities = {
  /** What was accepted before is in force again; before the first `receive`. */
  start(): Promise<void>;
  receive(envelope: Envelope | null): void;
  /** The release in force may be another one. */
  changed(): void;
  /** The customer's policy has changed. */
  reconsider(): void;
  nudge(): void;
  run(stop: AbortSignal): Promise<void>;
  settled(): Promise<void>;
};

export type EntitiesOptions = {
  install: InstallId;
  /** As the reconciler has it; the entities share its engines and its mirror, and nothing of what it remembers. */
  reconciler: ReconcilerOptions;
  inForce: () => Promise<LastGood | null>;
  verifier: Verifier;
  backoff: Backoff;
  runner: EntityReporterOptions['runner'];
  nextSequence: () => Promise<number>;
  gate: Gate;
  authorize: Authorize;
  onTrouble: (message: string) => void;
  onRefused: (error: unknown) => void;
  signal: AbortSignal;
};

/** Everything about entities in one runner: the list that is wanted, keeping them in step, and telling how they are. */
export function entitiesOfInstall(options: EntitiesOptions): Entities {
  const { reconciler, install, verifier, backoff, signal, onTrouble } = options;
  const { store, effects, clock } = reconciler;
  const keeper = createEntityKeeper({
    parts: freshParts(reconciler),
    memory: createMemory(store, effects),
    records: createEntityRecords(store, effects),
    inForce: options.inForce,
    onState: (key) => reporter.tell(key),
    onLoaded: () => reporter.begin(),
  });
  const lists = createEntityLists({
    ...{ install, verifier, store, effects, clock, backoff, signal },
    onAccepted: (list) => {
      keeper.accept(list);
      reporter.changed();
    },
    onWaiting: (error: LandfallError) => onTrouble(error.message),
    onRefused: options.onRefused,
  });
  const reporter = createEntityReporter({
    ...options,
    clock,
    states: () => keeper.states(),
    acceptedSequence: () => lists.sequence(),
  });
  return {
    start: () => lists.start(),
    receive: (envelope) => lists.receive(envelope),
    changed: () => keeper.wake(),
    reconsider: () => keeper.reconsider(),
    nudge: () => reporter.nudge(),
    settled: () => lists.settled(),
    run: async (stop) => {
      const onWaiting = (error: LandfallError): void => onTrouble(error.message);
      const keeping = retrying({ clock, backoff, signal: stop, onWaiting }, () => keeper.run(stop));
      await Promise.all([keeping, reporter.run(stop)]);
    },
  };
}
