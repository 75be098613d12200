import * as z from 'zod';
import {
  type Clock,
  type Condition,
  type Envelope,
  type InstallId,
  type KnownPrincipal,
  type SealReport,
  type Signer,
  describeError,
  digestOfSeal,
  envelopeSchema,
  sleepUntil,
  instantSchema,
  signSeal,
  unverifiedSeal,
} from '../../contract/index.ts';
import { type Census, compareSeals, sealReport } from '../../seal/index.ts';
import type { Backoff } from '../channel/index.ts';
import type { EventSink, Store } from '../ports.ts';

export type SealKeeperOptions = {
  install: InstallId;
  takeCensus: (signal: AbortSignal) => Promise<Census>;
  signer: Signer;
  store: Store;
  events: EventSink;
  clock: Clock;
  backoff: Backoff;
  /** Between two seals. */
  everyMs: number;
  /** RunnerPolicy.sealKnownPrincipals, as it is now. */
  known: () => readonly KnownPrincipal[];
  /** The state of the install role's ending: no seal before it is done once; a new seal whenever it changes from then on. */
  ending: () => 'under-way' | 'done' | 'reappeared';
  onSealed: () => void;
  /** The census failed; it is tried again. */
  onTrouble: (error: unknown) => void;
};

export type SealKeeper = {
  /** The newest signed seal; null before the first. */
  newest(): Envelope | null;
  /** For the report: whether the account is sealed. */
  condition(): Condition | null;
  /** The ending or the customer's policy has changed. */
  reconsider(): void;
  /** Seals, waits until the next one is due or asked for, and so on until `stop`. */
  run(stop: AbortSignal): Promise<void>;
};

const documentName = 'seal';
const keptSchema = z.object({
  envelope: envelopeSchema,
  /** When the verdict became what it is. */
  since: instantSchema,
});
type Kept = z.infer<typeof keptSchema>;

/** Beyond this many, changes are counted in one event more. */
const mostEvents = 20;

/** Makes the census at once after the end, then at named times, and when something it rests on has changed. Reads only: nothing to undo after a kill. */
export function createSealKeeper(options: SealKeeperOptions): SealKeeper {
  const { clock, store } = options;
  let kept: Kept | null = null;
  let failed: { message: string; since: string } | null = null;
  let asked = false;
  let ring: () => void = () => undefined;
  const foundation = () => ({ ending: options.ending(), known: JSON.stringify(options.known()) });
  let seen = foundation();

  const reconsider = (): void => {
    const now = foundation();
    // After a restart the end is found done again: that alone is no reason for a census.
    const endingChanged = now.ending !== seen.ending && !(seen.ending === 'under-way' && now.ending === 'done');
    if (endingChanged || now.known !== seen.known) asked = true;
    seen = now;
    ring();
  };

  const dueAt = (): number => {
    const at = kept === null ? 0 : new Date(unverifiedSeal(kept.envelope).at).getTime();
    // A clock that was set back must not put the next one off for longer than it is set to.
    return kept === null || at > clock.now().getTime() ? 0 : at + options.everyMs;
  };

  const waitUntil = async (time: number | null, stop: AbortSignal): Promise<void> => {
    if (stop.aborted) return;
    const over = new AbortController();
    const bell = new Promise<void>((resolve) => {
      ring = resolve;
      stop.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    const timer = time === null ? [] : [sleepUntil(clock, new Date(time), over.signal).catch(() => undefined)];
    await Promise.race([bell, ...timer]);
    over.abort();
  };

  const makeSeal = async (stop: AbortSignal): Promise<void> => {
    const census = await options.takeCensus(stop);
    const before = kept === null ? null : unverifiedSeal(kept.envelope);
    const previous = kept === null ? null : digestOfSeal(kept.envelope);
    const report = sealReport(census, { install: options.install, known: options.known(), previous });
    const envelope = await signSeal(report, options.signer);
    // Told before it is kept: a kill in between tells twice, never not at all.
    tellChanges(options.events, before, report);
    const since = before?.verdict === report.verdict && kept !== null ? kept.since : report.at;
    const stored = await store.get(documentName, keptSchema);
    await store.put(documentName, { envelope, since }, stored?.revision ?? null);
    kept = { envelope, since };
  };

  const attempt = async (stop: AbortSignal, failures: number): Promise<number> => {
    asked = false;
    try {
      await makeSeal(stop);
      failed = null;
      options.onSealed();
      return 0;
    } catch (error) {
      if (stop.aborted) return failures;
      options.onTrouble(error);
      asked = true;
      failed ??= { message: describeError(error), since: clock.now().toISOString() };
      options.onSealed();
      await clock.sleep(options.backoff(failures + 1), stop).catch(() => undefined);
      return failures + 1;
    }
  };

  return {
    newest: () => kept?.envelope ?? null,
    condition: () => conditionOf(kept, failed),
    reconsider,
    run: async (stop) => {
      kept = (await store.get(documentName, keptSchema))?.value ?? null;
      if (kept !== null) options.onSealed();
      seen = foundation();
      asked = false;
      let failures = 0;
      while (!stop.aborted) {
        if (options.ending() === 'under-way' && kept === null) await waitUntil(null, stop);
        else if (asked || clock.now().getTime() >= dueAt()) failures = await attempt(stop, failures);
        else await waitUntil(dueAt(), stop);
      }
    },
  };
}

function tellChanges(events: EventSink, before: SealReport | null, now: SealReport): void {
  const changes = compareSeals(before, now);
  for (const { reason, alarm, message } of changes.slice(0, mostEvents))
    events.event({ reason, component: null, severity: alarm ? 'warning' : 'normal', message });
  const left = changes.slice(mostEvents);
  if (left.length > 0) {
    const severity = left.some(({ alarm }) => alarm) ? 'warning' : 'normal';
    events.event({ reason: 'SealChanged', component: null, severity, message: `and ${left.length} changes more` });
  }
  if (before?.verdict === now.verdict) return;
  const severity = now.verdict === 'sealed' ? 'normal' : 'warning';
  events.event({ reason: reasons[now.verdict], component: null, severity, message: now.summary });
}

const reasons = { sealed: 'Sealed', open: 'OutsidePrincipals', incomplete: 'CensusIncomplete' } as const;
const statuses = { sealed: 'True', open: 'False', incomplete: 'Unknown' } as const;

function conditionOf(kept: Kept | null, failed: { message: string; since: string } | null): Condition | null {
  if (failed !== null) {
    const message = `the census of outside principals failed: ${failed.message}`.slice(0, 2000);
    return { type: 'Sealed', status: 'Unknown', reason: 'CensusFailed', message, lastTransitionTime: failed.since };
  }
  if (kept === null) return null;
  const { verdict, summary } = unverifiedSeal(kept.envelope);
  return {
    type: 'Sealed',
    status: statuses[verdict],
    reason: reasons[verdict],
    message: summary,
    lastTransitionTime: kept.since,
  };
}
