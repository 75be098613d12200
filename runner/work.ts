import { type Clock, type LandfallError, describeError, pinnedKeysVerifier } from '../contract/index.ts';
import { aborted } from './aborted.ts';
import { createAwsClients } from './aws/index.ts';
import {
  type Backoff,
  createAcceptance,
  createKeptState,
  createRequests,
  enrol,
  knownFeatures,
  listen,
  loadRunnerKey,
  retrying,
  signRequests,
} from './channel/index.ts';
import { baseOfInstall, permissionsOfInstall } from './assembly/base-of-install.ts';
import type { RunnerConfig } from './config.ts';
import type { Connections } from './network/connections.ts';
import { factsOf } from './assembly/facts-of-install.ts';
import { terraformOfInstall } from './assembly/terraform-of-install.ts';
import type { Effects, EventSink, Store } from './ports.ts';
import type { JournalEntry } from './effects/index.ts';
import { type Ledger, type Redactor, createGate } from './egress/index.ts';
import type { EngineSet } from './assembly/engine-set.ts';
import { entitiesOfInstall } from './entities/index.ts';
import { readHandOffSecret } from './assembly/hand-off-secret.ts';
import type { Impersonation, Kubernetes } from './kubernetes/index.ts';
import { createLoop } from './loop.ts';
import { vendorReleaseSource } from './mirror/index.ts';
import { mirrorOfInstall } from './assembly/mirror-of-install.ts';
import { endingOf } from './assembly/ending-of-install.ts';
import { watchPolicy } from './policy-watch.ts';
import { pullSecretsOfInstall } from './assembly/pull-secrets-of-install.ts';
import { createReconciler, type ReconcilerOptions } from './reconcile/index.ts';
import { buildReport, createReportSender, createReportSequence } from './report/index.ts';
import { secretsOfInstall } from './assembly/secrets-of-install.ts';
import { sealOfInstall } from './assembly/seal-of-install.ts';
import { openSpoolOfInstall } from './assembly/spool-of-install.ts';
import { type RunnerLogger, createEventSink, createShipper } from './telemetry/index.ts';
import { sharedSignal } from './shared-signal.ts';
import { runnerVersion } from './version.ts';
import { wakeDaily } from './assembly/wake-daily.ts';

export type WorkOptions = {
  config: RunnerConfig;
  clock: Clock;
  backoff: Backoff;
  bootId: string;
  identity: string;
  pod: { namespace: string; name: string } | null;
  leaseEpoch: number;
  redactor: Redactor;
  log: RunnerLogger;
  ledger: Ledger;
  connections: Connections;
  kubernetes: Kubernetes;
  impersonation: Impersonation;
  store: Store;
  effects: Effects;
  engines: EngineSet;
  interrupted: readonly JournalEntry[];
  /** The runner stops, or its lease is lost. */
  stop: AbortSignal;
  onEnrolled: () => void;
};

/** Everything a runner does while it holds its lease. Ends with `stop`. */
export async function work(options: WorkOptions): Promise<void> {
  const { config, clock, backoff, redactor, log, connections, kubernetes, store, effects, engines, stop } = options;
  const install = config.install.id;
  const { localOnly } = log;
  const own = { bootId: options.bootId, leaseEpoch: options.leaseEpoch };
  const steadily = <T>(attempt: () => Promise<T>): Promise<T> =>
    retrying({ clock, backoff, signal: stop, onWaiting: (error) => localOnly.warn(describeError(error)) }, attempt);

  const onSpoolTrouble = (error: LandfallError): void => localOnly.warn({ code: error.code }, error.message);
  const spool = await steadily(() => openSpoolOfInstall({ config, clock, store, onTrouble: onSpoolTrouble }));
  try {
    log.attach(spool);
    const handOff = () =>
      readHandOffSecret(kubernetes, { namespace: config.namespace, name: config.handoffSecret }, redactor);
    const gate = createGate({
      install,
      controlPlaneUrl: config.controlPlane.url,
      dispatcher: connections.gate,
      ledger: options.ledger,
      redactor,
    });

    const key = await steadily(() =>
      loadRunnerKey(kubernetes, { namespace: config.namespace, name: 'lf-runner-key' }, stop),
    );
    const { keyId } = await enrol({
      install,
      key,
      store,
      effects,
      gate,
      clock,
      backoff,
      runnerVersion,
      joinToken: async () => (await steadily(handOff)).joinToken,
      onWaiting: (error) => localOnly.warn(describeError(error)),
      signal: stop,
    });
    options.onEnrolled();
    const authorize = signRequests({ key, keyId, install, clock });

    const desiredStateVerifier = pinnedKeysVerifier(config.trust.desiredStateKeys);
    const releaseVerifier = pinnedKeysVerifier(config.trust.releaseKeys);
    const trace = (): string | null => acceptance.current()?.desired.trace ?? null;
    const events: EventSink = createEventSink({ logger: log.logger, spool, redactor, trace });
    const policy = watchPolicy({
      kubernetes,
      namespace: config.namespace,
      events,
      onChange: () => {
        acceptance.reconsider();
        loop.reconsider();
        entities.reconsider();
        seal.reconsider();
      },
    });

    const aws = createAwsClients({ ...config.aws, region: config.install.region, dispatcher: connections.aws, clock });
    const onTrouble = (message: string): void => localOnly.warn(message);
    const pullSecrets = pullSecretsOfInstall({
      ...{ config, kubernetes, effects, store, onTrouble },
      accepted: () => acceptance.current()?.release ?? null,
    });
    const secrets = secretsOfInstall({
      ...{ config, kubernetes, effects, store, clock, events, aws, pullSecrets, redactor, key },
      accepted: () => acceptance.current(),
      onChange: () => report.changed(),
    });
    const { vendor, mirror } = mirrorOfInstall({ ...options, aws, events, handOff });
    const { helm, helmAs, postRenderer, tofuIn } = engines;
    const reconciling: ReconcilerOptions = {
      ...{ store, effects, kubernetes, mirror, pullSecrets, clock, policy, events, backoff },
      ...{ helm, postRenderer, tofuIn, namespace: config.namespace, workDir: config.workDir, ...secrets },
      accounts: { impersonation: options.impersonation, helmAs },
      install: factsOf(config, engines),
      terraformState: terraformOfInstall({ ...options, mirror }),
      width: config.parallel,
      onStatus: () => report.changed(),
      base: baseOfInstall({ config, kubernetes, aws, pod: options.pod }),
      given: permissionsOfInstall({ config, aws }),
    };
    const reconciler = createReconciler(reconciling);

    let heard = false;
    const ending = endingOf({
      ...{ ...options, aws, events },
      handOff: () => steadily(handOff),
      heard: () => heard,
      onChange: () => {
        report.changed();
        seal.reconsider();
      },
    });
    const seal = sealOfInstall({
      ...options,
      ...{ key, events, policy, gate, authorize },
      ending: () => ending.report(),
      onChange: () => report.changed(),
    });
    const loop = createLoop({
      ...{ reconciler, kubernetes, clock },
      onPass: () => {
        for (const each of [ending, entities]) each.changed();
      },
    });
    const onRefused = (error: LandfallError): void => {
      log.logger.warn({ code: error.code }, error.message);
      events.event({ reason: 'Refused', component: null, severity: 'warning', message: describeError(error) });
    };
    const acceptance = createAcceptance({
      install,
      product: config.install.product,
      namespace: config.namespace,
      vendorRegistry: config.vendorRegistry.host,
      desiredStateVerifier,
      releaseVerifier,
      kept: createKeptState({ store, effects, install, desiredStateVerifier, releaseVerifier }),
      source: vendorReleaseSource(vendor),
      policy: () => policy.current(),
      clock,
      backoff,
      onAccepted: (state) => {
        const { sequence, release, trace } = state.desired;
        log.logger.info({ sequence, release: release?.version ?? null, trace }, 'a newer desired state is in force');
        loop.accept(state);
        report.changed();
      },
      onChange: () => report.changed(),
      onRefused,
    });
    const requests = createRequests({
      install,
      verifier: desiredStateVerifier,
      store,
      clock,
      policy: () => policy.current(),
      events,
      restart: (component, id, signal) => reconciler.restart(component, id, signal),
      backoff,
      onWaiting: (error) => localOnly.warn({ code: error.code }, error.message),
      onRefused: (error) => acceptance.refuse(error),
      signal: stop,
    });
    const report = createReportSender({
      build: () =>
        buildReport({
          install,
          runner: {
            version: runnerVersion,
            features: [...knownFeatures],
            ...own,
          },
          status: reconciler.status(),
          accepted: acceptance.current(),
          refusals: acceptance.refusals(),
          channelWaitsFor: acceptance.waitingFor(),
          ending: ending.report(),
          sealed: seal.condition(),
          secrets: secrets.keptSecrets.troubles.condition(),
        }),
      mayTell: () => acceptance.current() === null || reconciler.hasLooked(),
      nextSequence: createReportSequence(store),
      ...{ gate, authorize, clock, backoff, onTrouble },
    });
    const entities = entitiesOfInstall({
      ...{ install, gate, authorize, backoff, onTrouble, reconciler: reconciling, verifier: desiredStateVerifier },
      inForce: () => reconciler.lastGood(),
      runner: own,
      nextSequence: createReportSequence(store),
      onRefused: (error) => acceptance.refuse(error),
      signal: stop,
    });
    const shipper = createShipper({ install, spool, gate, authorize, clock, backoff, onTrouble });

    const over = new AbortController();
    const ends = sharedSignal(stop, over.signal);
    const watching = policy.run(ends);
    await Promise.race([policy.known, watching, aborted(stop)]);
    await steadily(() => acceptance.start());
    await steadily(() => entities.start());
    const kept = acceptance.current();
    if (kept !== null) loop.accept(kept);

    const tasks = [
      watching,
      loop.run(ends),
      entities.run(ends),
      wakeDaily(clock, () => loop.wake(), ends),
      ...(pullSecrets === undefined ? [] : [pullSecrets.run(ends)]),
      secrets.keptSecrets.run(ends),
      shipper.run(ends),
      report.run(ends),
      ending.run(ends),
      seal.run(ends),
      listen(
        {
          install,
          controlPlaneUrl: config.controlPlane.url,
          dispatcher: connections.channel,
          authorize,
          clock,
          backoff,
          onAnswer: (answer) => {
            acceptance.receive(answer);
            requests.receive(answer.requests);
            entities.receive(answer.entities);
          },
          onContact: (error) => {
            if (error !== null) {
              localOnly.warn({ code: error.code }, error.message);
              return;
            }
            heard = true;
            for (const delivery of [shipper, report, ending, seal, entities]) delivery.nudge();
          },
        },
        ends,
      ),
    ];
    try {
      await Promise.all(tasks);
    } finally {
      // One that failed ends the others: nothing of this runner goes on once its lease is given back.
      over.abort();
      acceptance.stop();
      await Promise.allSettled([...tasks, acceptance.settled(), requests.settled(), entities.settled()]);
      await report.flush(AbortSignal.timeout(3_000));
      aws.close();
    }
  } finally {
    spool.close();
  }
}
