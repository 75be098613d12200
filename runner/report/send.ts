import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type Clock, describeError } from '../../contract/index.ts';
import type { Authorize, Gate } from '../egress/index.ts';
import type { Backoff } from '../channel/index.ts';
import { type Delivery, createDelivery } from '../assembly/delivery.ts';
import type { Store } from '../ports.ts';
import type { ReportBody } from './build-report.ts';

export type ReportSender = Delivery & {
  /** Sends the last word before the process ends, if the control plane answers at once. */
  flush(signal: AbortSignal): Promise<void>;
};

export type ReportSenderOptions = {
  build: () => ReportBody;
  /** Not yet: a runner that has just begun would say that nothing is in force. Default: always. */
  mayTell?: () => boolean;
  /** Gives each report its number. */
  nextSequence: () => Promise<number>;
  gate: Gate;
  authorize: Authorize;
  clock: Clock;
  backoff: Backoff;
  onTrouble: (message: string) => void;
};

/** Only the newest report counts: what changes while one is under way goes into the next. Sent again until the control plane has it. */
export function createReportSender(options: ReportSenderOptions): ReportSender {
  let sent: ReportBody | null = null;

  const sendIfNew = async (signal: AbortSignal): Promise<boolean> => {
    if (options.mayTell?.() === false) return false;
    const body = options.build();
    if (sent !== null && isDeepStrictEqual(sent, body)) return false;
    const report = { ...body, sequence: await options.nextSequence(), at: options.clock.now().toISOString() };
    await options.gate.send('report', report, { signal, authorize: options.authorize });
    sent = body;
    return true;
  };

  const delivery = createDelivery({
    attempt: sendIfNew,
    clock: options.clock,
    backoff: options.backoff,
    onTrouble: (error) => options.onTrouble(`the report is not delivered yet: ${describeError(error)}`),
  });
  return {
    ...delivery,
    flush: async (signal) => {
      await sendIfNew(signal).catch((error: unknown) => options.onTrouble(describeError(error)));
    },
  };
}

const reservedSchema = z.object({ reserved: z.number().int().min(0) });
const block = 1000;

/** Numbers that grow over restarts too: a block of them is reserved in the store at a time. */
export function createReportSequence(store: Store): () => Promise<number> {
  let next = 0;
  let end = 0;
  return async () => {
    if (next >= end) {
      const stored = await store.get('report-sequence', reservedSchema);
      next = stored?.value.reserved ?? 0;
      await store.put('report-sequence', { reserved: next + block }, stored?.revision ?? null);
      end = next + block;
    }
    next++;
    return next;
  };
}
