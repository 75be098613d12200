import { type Clock, type Condition, describeError, LandfallError } from '../../contract/index.ts';
import type { EventSink } from '../ports.ts';

/** What could not be read of the store lately, by input: told when it begins and when it is over, not at each try in between. */
export type Troubles = {
  /** Does it, and remembers how it went. Throws what it throws. */
  around<T>(input: string, work: () => Promise<T>): Promise<T>;
  /** Only these are wanted still. */
  forget(wanted: ReadonlySet<string>): void;
  /** For the report; null while no input comes out of the store. */
  condition(): Condition | null;
};

type Trouble = { since: Date; why: string };

export function createTroubles(options: {
  clock: Clock;
  events: EventSink;
  title: string;
  onChange: () => void;
}): Troubles {
  const { clock, events, title, onChange } = options;
  const states = new Map<string, Trouble | null>();
  let since = clock.now();
  const told = (): string => [...states.values()].map((state) => (state === null ? '+' : '-')).join('');

  const enter = (input: string, state: Trouble | null): void => {
    const before = told();
    const was = states.get(input) ?? null;
    states.set(input, state);
    if (was === null && state !== null) {
      const message = `the secret input ${input} could not be read: ${state.why}; what is kept of it stays in use`;
      events.event({ reason: 'SecretUnavailable', component: null, severity: 'warning', message });
    }
    if (was !== null && state === null) {
      const message = `the secret input ${input} can be read again in ${title}`;
      events.event({ reason: 'SecretAvailable', component: null, severity: 'normal', message });
    }
    if (told() === before) return;
    since = clock.now();
    onChange();
  };

  return {
    around: async (input, work) => {
      try {
        const result = await work();
        enter(input, null);
        return result;
      } catch (error) {
        // Of the cluster's own troubles the pass tells.
        const ofStore = error instanceof LandfallError && /^LF-RUNNER-20\d$/.test(error.code);
        if (ofStore) {
          enter(input, { since: states.get(input)?.since ?? clock.now(), why: describeError(error).slice(0, 400) });
        }
        throw error;
      }
    },
    forget: (wanted) => {
      for (const input of states.keys()) if (!wanted.has(input)) states.delete(input);
    },
    condition: () => {
      if (states.size === 0) return null;
      const lastTransitionTime = since.toISOString();
      const troubled = [...states].flatMap(([input, state]) =>
        state === null ? [] : [`${input} (since ${state.since.toISOString()}): ${state.why}`],
      );
      if (troubled.length === 0) {
        const message = `the secret inputs are as they are in ${title}`;
        return { type: 'SecretsKept', status: 'True', reason: 'Kept', message, lastTransitionTime };
      }
      const message = `what was read last stays in use; could not be looked up: ${troubled.join('; ')}`.slice(0, 2000);
      return { type: 'SecretsKept', status: 'False', reason: 'StoreUnavailable', message, lastTransitionTime };
    },
  };
}
