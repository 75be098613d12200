import {
  type Clock,
  LandfallError,
  type TelemetryRecord,
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

/** Sent again it would be refused again: what cannot be read there, or (also by a proxy) is too large. */
function isRefusedForItsContent(error: unknown): boolean {
  if (!(error instanceof LandfallError) || error.temporary) return false;
  const { status, code } = error.details;
  return error.code === 'LF-RUNNER-061' || status === 413 || /^LF-CONTRACT-00[1-4]$/.test(String(code));
}

function gapInPlaceOf({ sequence, at }: TelemetryRecord): TelemetryRecord {
  return { type: 'gap', sequence, at, missing: 1, reason: 'the control plane cannot read the record' };
}

/** Carries the spool out through the gate, one batch at a time; only what was acknowledged is forgotten. A record that is refused for what it is does not hold up the rest. */
export function createShipper(options: ShipOptions): Delivery {
  const { spool, clock } = options;
  const send = (records: readonly TelemetryRecord[], signal: AbortSignal): Promise<Buffer> => {
    const head = { apiVersion, kind: 'TelemetryBatch', critical: [], install: options.install, spool: spool.id };
    return options.gate.send('telemetry', { ...head, records }, { signal, authorize: options.authorize });
  };
  let most = Infinity;
  const sendOne = async (signal: AbortSignal): Promise<boolean> => {
    const records = spool.next().slice(0, most);
    const [first] = records;
    if (first === undefined) return false;
    const answer = await send(records, signal).catch((error: unknown) => {
      if (!isRefusedForItsContent(error)) throw error;
      if (records.length > 1) return null;
      // In its place, and it is gone only once the control plane has taken that: one that refuses everything makes nothing be lost.
      options.onTrouble(`a telemetry record is refused, and told as missing in its place: ${describeError(error)}`);
      return send([gapInPlaceOf(first)], signal);
    });
    if (answer === null) {
      most = Math.ceil(records.length / 2);
      return true;
    }
    most = Infinity;
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
