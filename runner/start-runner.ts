import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, LandfallError, describeError } from '../contract/index.ts';
import { jitteredBackoff } from './channel/index.ts';
import type { RunnerConfig, RunnerEnvironment } from './config.ts';
import { connect } from './network/connections.ts';
import { type Dialer, createDialer } from './network/dialer.ts';
import { openNetwork } from './network/network.ts';
import { createEffects, endOrphans, openJournal } from './effects/index.ts';
import { createRedactor, openLedger } from './egress/index.ts';
import { awaitRoom, sweepWorkDir } from './guards/index.ts';
import { prepareEngines } from './assembly/engine-set.ts';
import { createGroupGuard, endStaleProcess, type GroupGuard } from '../engines/index.ts';
import { serveHealth } from './assembly/health-endpoint.ts';
import {
  createImpersonation,
  createKubernetes,
  createWatchedKubernetes,
  inClusterConnection,
  kubeconfigConnection,
} from './kubernetes/index.ts';
import { acquireLease, holderGone, podIdentity, processIdentity } from './lease/index.ts';
import { sharedSignal } from './shared-signal.ts';
import { createStore } from './store/index.ts';
import { createLogger } from './telemetry/index.ts';
import { runnerVersion } from './version.ts';
import { work } from './work.ts';

export type StartOptions = {
  config: RunnerConfig;
  environment: RunnerEnvironment;
  clock: Clock;
  /** The lease's own, where `clock` is one that stands still: the guard of our children counts real time. Default: `clock`. */
  leaseClock?: Clock;
  /** One line to the machine's own log. */
  write: (line: string) => void;
  /** In [0, 1). */
  random: () => number;
};

export type RunningRunner = {
  bootId: string;
  /** What is still missing before the runner counts as ready; empty when it is. */
  notReady(): string[];
  /** The port of the health endpoint; null without one. */
  healthPort: number | null;
  /** Resolves when the runner has ended by `stop`; rejects when it cannot go on (the lease was lost): then start a new process. */
  ended: Promise<void>;
  /** Ends what runs, says the last word, gives the lease back. */
  stop(): Promise<void>;
};

/** Starts a runner: lease first, then enrolment, then everything else. Returns at once; `ended` tells how it went. */
export async function startRunner(options: StartOptions): Promise<RunningRunner> {
  const { config } = options;
  const bootId = randomUUID();
  const missing = new Set(['the lease', 'the enrolment']);
  const stopping = new AbortController();
  const notReady = (): string[] => [...missing].map((what) => `${what} is not there yet`);
  const health = config.health === null ? null : await serveHealth({ ...config.health, ready: notReady });
  const lived = async (): Promise<void> => {
    try {
      await live(options, bootId, stopping.signal, (what) => missing.delete(what));
    } finally {
      await health?.close();
    }
  };
  const ended = lived();
  ended.catch(() => undefined);
  return {
    bootId,
    notReady,
    healthPort: health?.port ?? null,
    ended,
    stop: async () => {
      stopping.abort(new LandfallError('LF-RUNNER-099', 'the runner was asked to stop', { temporary: true }));
      await ended;
    },
  };
}

type Came = (what: string) => void;

async function live(options: StartOptions, bootId: string, stop: AbortSignal, came: Came): Promise<void> {
  const { config, environment, clock } = options;
  const redactor = createRedactor();
  const base = { install: config.install.id, boot: bootId };
  const log = createLogger({ level: config.logLevel, redactor, write: options.write, base });
  const ledgerDir = config.ledgerDir === '' ? join(config.workDir, 'egress-ledger') : config.ledgerDir;
  const { workDir } = config;
  const room = { workDir, clock, stop, onWaiting: (message: string) => log.localOnly.warn(message) };
  const ledger = await awaitRoom(room, async () => {
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    await sweepWorkDir(workDir);
    return openLedger({ dir: ledgerDir, clock });
  });
  let dialer: Dialer | null = null;
  let guard: GroupGuard | null = null;
  try {
    const apiServerHost = environment.apiServer.host;
    const learn = (secret: string): void => redactor.learn(secret);
    const network = await openNetwork({ config, apiServerHost, learn });
    dialer = createDialer(network);
    const connection =
      config.kubernetes.kind === 'kubeconfig'
        ? await kubeconfigConnection(config.kubernetes.path)
        : await inClusterConnection(environment.apiServer);
    const connections = connect({ config, kubernetes: connection, dialer, ledger });
    const onTrouble = (message: string): void => log.localOnly.warn(message);
    const { random } = options;
    const apiServer = { connection, dispatcher: connections.apiServer, clock, onTrouble, random };
    const forLease = createKubernetes(apiServer);
    guard = createGroupGuard();
    const { expect } = guard;
    const identity =
      environment.pod === null ? await processIdentity(process.pid, bootId) : podIdentity(environment.pod, bootId);
    const lease = await acquireLease(
      {
        kubernetes: forLease,
        clock: options.leaseClock ?? clock,
        namespace: config.namespace,
        name: 'landfall-runner',
        identity,
        holderGone: (holder) => holderGone(holder, identity),
        onRenewed: expect,
        onWaiting: (message) => log.logger.info(message),
      },
      stop,
    );
    came('the lease');
    log.logger.info({ epoch: lease.epoch, version: runnerVersion }, 'the runner holds its lease');
    // What was frozen while another runner took over writes nothing more, whatever it was about to do.
    const fenced = { ...apiServer, beforeWrite: () => lease.requireHeld() };
    const kubernetes = createWatchedKubernetes(createKubernetes(fenced), clock);
    const others = createImpersonation(fenced);
    const impersonation = { ...others, as: (user: string) => kubernetes.changedBy(others.as(user)) };
    const prepared = { config, environment, clock, network, guard, onTrouble };
    const engines = await awaitRoom(room, () => prepareEngines(prepared));
    try {
      const store = createStore({ kubernetes, namespace: config.namespace, epoch: () => lease.epoch });
      const journal = await openJournal(store);
      const interrupted = await endOrphans(journal, endStaleProcess);
      for (const entry of interrupted) {
        log.logger.info(
          { effect: entry.kind, target: entry.target },
          'an earlier runner ended while this was under way',
        );
      }
      const ends = sharedSignal(stop, lease.signal);
      const by = { identity, host: hostname() };
      const effects = createEffects({ journal, clock, lease, by, stop, killAt: environment.killAt });
      const backoff = jitteredBackoff({ first: 500, longest: config.longestBackoffMs, random: options.random });
      await work({
        config,
        clock,
        backoff,
        bootId,
        identity,
        pod: environment.pod,
        leaseEpoch: lease.epoch,
        redactor,
        log,
        ledger,
        connections,
        kubernetes,
        impersonation,
        store,
        effects,
        engines,
        interrupted,
        stop: ends,
        onEnrolled: () => came('the enrolment'),
      });
      lease.signal.throwIfAborted();
    } finally {
      await engines.postRenderServer?.close();
      await lease.release();
    }
  } catch (error) {
    if (stop.aborted && !isLeaseLost(error)) return;
    log.logger.error({ code: error instanceof LandfallError ? error.code : null }, describeError(error));
    throw error;
  } finally {
    guard?.stop();
    await dialer?.close();
    ledger.close();
  }
}

const isLeaseLost = (error: unknown): boolean => error instanceof LandfallError && error.code === 'LF-RUNNER-004';
