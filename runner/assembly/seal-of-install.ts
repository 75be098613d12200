import {
  type Clock,
  type Condition,
  type Report,
  describeError,
  digestOfSeal,
  localSigner,
} from '../../contract/index.ts';
import type { Backoff, RunnerKey } from '../channel/index.ts';
import type { RunnerConfig } from '../config.ts';
import { createDelivery } from './delivery.ts';
import type { EngineSet } from './engine-set.ts';
import type { Authorize, Gate } from '../egress/index.ts';
import type { EventSink, PolicySource, Store } from '../ports.ts';
import { createSealKeeper } from '../seal/index.ts';
import type { RunnerLogger } from '../telemetry/index.ts';

export type SealTask = {
  condition(): Condition | null;
  reconsider(): void;
  nudge(): void;
  run(signal: AbortSignal): Promise<void>;
};

/** The seal as a task: made after the end of the install role and at named times, and sent to the control plane until it has it. */
export function sealOfInstall(options: {
  config: RunnerConfig;
  clock: Clock;
  backoff: Backoff;
  key: RunnerKey;
  store: Store;
  events: EventSink;
  policy: PolicySource;
  engines: Pick<EngineSet, 'takeCensus'>;
  log: RunnerLogger;
  gate: Gate;
  authorize: Authorize;
  ending: () => Report['ending'];
  onChange: () => void;
}): SealTask {
  const { config, clock, backoff, store, events, log } = options;
  if (config.seal === null) {
    const nothing = (): void => undefined;
    return { condition: () => null, reconsider: nothing, nudge: nothing, run: () => Promise.resolve() };
  }
  const keeper = createSealKeeper({
    install: config.install.id,
    takeCensus: options.engines.takeCensus,
    signer: localSigner(options.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    store,
    events,
    clock,
    backoff,
    everyMs: config.seal.everyHours * 3_600_000,
    known: () => options.policy.current().sealKnownPrincipals ?? [],
    ending: () => {
      if (config.ending === null) return 'done';
      const report = options.ending();
      if (report?.step === 'Reappeared') return 'reappeared';
      return report?.done === true ? 'done' : 'under-way';
    },
    onSealed: () => {
      delivery.changed();
      options.onChange();
    },
    onTrouble: (error) => log.logger.warn({ task: 'seal' }, describeError(error)),
  });
  let sent: string | null = null;
  const delivery = createDelivery({
    attempt: async (signal) => {
      const envelope = keeper.newest();
      if (envelope === null || sent === digestOfSeal(envelope)) return false;
      await options.gate.send('seal', envelope, { signal, authorize: options.authorize });
      sent = digestOfSeal(envelope);
      return true;
    },
    clock,
    backoff,
    onTrouble: (error) => log.localOnly.warn(`the seal is not delivered yet: ${describeError(error)}`),
  });
  return {
    condition: () => keeper.condition(),
    reconsider: () => keeper.reconsider(),
    nudge: () => delivery.nudge(),
    run: async (signal) => {
      await Promise.all([keeper.run(signal), delivery.run(signal)]);
    },
  };
}
