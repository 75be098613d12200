import {
  type Clock,
  componentNameSchema,
  type Decision,
  type RunnerStatus,
  runnerStatusSchema,
} from '../../../contract/index.ts';
import type { Effects, InstallStatus, Store } from '../../ports.ts';
import type { DecisionLog } from './decisions.ts';
import { isNoLongerOwner } from '../stance/failure.ts';
import { storedDocument } from '../memory/stored-document.ts';

/** What changes while a pass goes on is written at most this often. */
const pauseMs = 3_000;

export type StatusDocument = {
  /** Once, before the first pass: decisions of an earlier runner that still stand began when they began. */
  recall(log: DecisionLog): Promise<void>;
  /** Something of the status has changed: it is written soon, while the pass goes on. */
  changed(status: InstallStatus): void;
  /** At the end of a pass: what is not written yet. */
  flush(status: InstallStatus): Promise<void>;
};

/**
 * `lf-status` in the runner's namespace: what it does about what and why, for people who can read the cluster and not the vendor's pages
 * (`landfall runner explain`). A write that fails is no reason to stop anything: the next one tells more.
 */
export function createStatusDocument(parts: { store: Store; effects: Effects; clock: Clock }): StatusDocument {
  const { store, effects, clock } = parts;
  const document = storedDocument({ store, effects, kind: 'store-status', name: 'status', schema: runnerStatusSchema });
  let written: string | null = null;
  let pending: InstallStatus | null = null;
  let writing: { done: Promise<void>; end: AbortController } | null = null;

  const write = async (status: InstallStatus): Promise<void> => {
    const told = tellable(status);
    const text = JSON.stringify(told);
    if (text === written) return;
    try {
      await document.write({ ...told, at: clock.now().toISOString() }, 'what is done and why');
      written = text;
    } catch (error) {
      if (isNoLongerOwner(error)) throw error;
    }
  };
  const writeAll = async (end: AbortSignal): Promise<void> => {
    while (pending !== null && !end.aborted) {
      const now = pending;
      pending = null;
      await write(now);
      await clock.sleep(pauseMs, end).catch(() => undefined);
    }
  };

  return {
    recall: async (log) => {
      const before = await document.read().catch(() => null);
      if (before === null) return;
      const { at: _, ...told } = before;
      written = JSON.stringify(told);
      const standing = before.components.flatMap(({ name, decision }): [string, Decision][] =>
        decision === null ? [] : [[name, decision]],
      );
      const own: [null, Decision][] = before.decision === null ? [] : [[null, before.decision]];
      log.recall(before.decisions, new Map<string | null, Decision>([...standing, ...own]));
    },
    changed: (status) => {
      pending = status;
      if (writing !== null) return;
      const end = new AbortController();
      const done = writeAll(end.signal)
        .catch(() => undefined) // Told by the flush, or by whatever is done next.
        .finally(() => {
          writing = null;
        });
      writing = { done, end };
    },
    flush: async (status) => {
      writing?.end.abort();
      await writing?.done;
      pending = null;
      await write(status);
    },
  };
}

function tellable(status: InstallStatus): Omit<RunnerStatus, 'at'> {
  const { acceptedSequence, desired, observed, state, conditions, waitingFor, decision, decisions, denied } = status;
  const components = status.components.map((component) => ({
    ...component,
    name: componentNameSchema.parse(component.name),
  }));
  return {
    ...{ acceptedSequence, desired, observed, state, conditions, waitingFor, components, decision, decisions },
    denied: denied.slice(-20),
  };
}
