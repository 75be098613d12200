import {
  type Clock,
  LandfallError,
  apiVersion,
  describeError,
  limits,
  parseJson,
  telemetryAckSchema,
} from '../../contract/index.ts';
import type { Authorize, Gate, Spool } from '../egress/index.ts';
import type { Backoff } from '../channel/index.ts';
import { type Delivery, createDelivery } from '../assembly/delivery.ts';

export type ShipOptions = {
  install: string;
  spool: Spool;
  gate: Gate;
  authorize: Authorize;
  clock: Clock;
  backoff: Backoff;
  /** To the machine's own log alone. */
  onTrouble: (message: string) => void;
};

/** Carries the spool out through the gate, one batch at a time; only what was acknowledged is forgotten. */
export function createShipper(options: ShipOptions): Delivery {
  const { spool, clock } = options;
  const sendOne = async (signal: AbortSignal): Promise<boolean> => {
    const records = spool.next();
    if (records.length === 0) return false;
    const batch = {
      apiVersion,
      kind: 'TelemetryBatch',
      critical: [],
      install: options.install,
      spool: spool.id,
      records,
    };
    const answer = await options.gate.send('telemetry', batch, { signal, authorize: options.authorize });
    const ack = parseJson(answer, telemetryAckSchema, "the control plane's answer", limits.enrolment);
    const last = records.at(-1)?.sequence ?? 0;
    if (ack.spool !== spool.id) {
      throw new LandfallError('LF-RUNNER-057', `the control plane acknowledged another spool (${ack.spool})`);
    }
    spool.acknowledge(Math.min(ack.acknowledged, last));
    if (ack.acknowledged >= last) return true;
    const message = `the control plane acknowledged ${ack.acknowledged} of ${last}`;
    throw new LandfallError('LF-RUNNER-056', message, { temporary: true });
  };

  const delivery = createDelivery({
    attempt: sendOne,
    clock,
    backoff: options.backoff,
    onTrouble: (error) => options.onTrouble(`telemetry waits in the spool: ${describeError(error)}`),
  });
  spool.onAppend(() => delivery.changed());
  return delivery;
}
