import * as z from 'zod';
import {
  type Clock,
  type Envelope,
  LandfallError,
  type Request,
  type RequestList,
  type RunnerPolicy,
  type Verifier,
  describeError,
} from '../../contract/index.ts';
import { requestForbidden } from '../policy/index.ts';
import type { EventSink, Store } from '../ports.ts';
import { type Guards, acceptRequests } from './accept.ts';
import { type Backoff, retrying } from './backoff.ts';

export type Requests = { receive(envelope: Envelope | null): void; settled(): Promise<void> };

export type RequestsOptions = {
  install: string;
  verifier: Verifier;
  store: Store;
  clock: Clock;
  backoff: Backoff;
  policy: () => RunnerPolicy;
  events: EventSink;
  restart: (component: string, requestId: string, signal: AbortSignal) => Promise<void>;
  /** The cluster is away: it is tried again, until the request expires. The control plane will not send the list a second time. */
  onWaiting: (error: LandfallError) => void;
  /** Goes into the report. */
  onRefused: (error: LandfallError) => void;
  signal: AbortSignal;
  guards?: Guards;
};

const documentName = 'requests';
const doneSchema = z.object({ sequence: z.number().int().min(0), done: z.array(z.string()) });

/** Carries out signed one-off wishes within the policy. Each is remembered by its id, so that a list that is read again repeats nothing. */
export function createRequests(options: RequestsOptions): Requests {
  let work: Promise<void> = Promise.resolve();

  const carryOut = async (request: Request): Promise<void> => {
    refuseUnfit(request, options.policy(), options.clock.now());
    if (request.component !== undefined) await options.restart(request.component, request.id, options.signal);
    const message = `the request ${request.id} (${request.verb}) was carried out`;
    options.events.event({
      reason: 'RequestCarriedOut',
      component: request.component ?? null,
      severity: 'normal',
      message,
    });
  };

  /** `answered`: what an earlier try of the same list has come to an end with. */
  const handle = async (envelope: Envelope, answered: Set<string>): Promise<void> => {
    const stored = await options.store.get(documentName, doneSchema);
    const before = stored?.value ?? { sequence: 0, done: [] };
    const context = { install: options.install, verifier: options.verifier, now: options.clock.now() };
    const guards = options.guards ?? {};
    const list: RequestList | null = await acceptRequests(envelope, { ...context, highest: before.sequence, guards });
    if (list === null) return;
    for (const request of list.requests.filter(({ id }) => !before.done.includes(id) && !answered.has(id))) {
      try {
        await carryOut(request);
      } catch (error) {
        options.signal.throwIfAborted();
        if (error instanceof LandfallError && error.temporary) throw error;
        const message = `the request ${request.id} (${request.verb}) was not carried out: ${describeError(error)}`;
        options.onRefused(new LandfallError('LF-RUNNER-068', message, { cause: error }));
      }
      answered.add(request.id);
    }
    const done = { sequence: list.sequence, done: list.requests.map(({ id }) => id) };
    await options.store.put(documentName, done, stored?.revision ?? null);
  };

  return {
    receive: (envelope) => {
      if (envelope === null) return;
      work = work
        .then(() => {
          const answered = new Set<string>();
          return retrying(options, () => handle(envelope, answered));
        })
        .catch((error: unknown) => {
          if (options.signal.aborted) return;
          const known =
            error instanceof LandfallError ? error : new LandfallError('LF-RUNNER-099', describeError(error));
          options.onRefused(known);
        });
    },
    settled: () => work,
  };
}

function refuseUnfit(request: Request, policy: RunnerPolicy, now: Date): void {
  const refuse = (why: string): never => {
    throw new LandfallError('LF-RUNNER-068', why);
  };
  if (Date.parse(request.expiresAt) <= now.getTime()) refuse(`it expired at ${request.expiresAt}`);
  const forbidden = requestForbidden(policy, request.verb, now);
  if (forbidden !== null) refuse(forbidden);
  if (request.verb !== 'restart') refuse('this runner does not know the verb');
  if (request.component === undefined) refuse('it names no component');
}
