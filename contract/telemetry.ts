import * as z from 'zod';
import { documentHead } from './critical.ts';
import { componentNameSchema, installIdSchema, instantSchema } from './names.ts';
import { componentStates } from './report.ts';

const recordHead = { sequence: z.number().int().min(1), at: instantSchema };
const fields = z.record(z.string().max(64), z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]));

/** Everything that may leave the customer's account as telemetry. A type that is not in this list has no way out. */
export const telemetryRecordSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('log'),
    ...recordHead,
    level: z.enum(['debug', 'info', 'warn', 'error', 'fatal']),
    message: z.string().max(4000),
    fields: fields.default({}),
  }),
  z.object({
    type: z.literal('event'),
    ...recordHead,
    /** As Kubernetes: CamelCase, for machines. */
    reason: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
    component: componentNameSchema.nullable(),
    severity: z.enum(['normal', 'warning']),
    message: z.string().max(2000),
    trace: z.string().max(64).nullable().default(null),
  }),
  z.object({
    type: z.literal('component-state'),
    ...recordHead,
    component: componentNameSchema,
    from: z.enum(componentStates),
    to: z.enum(componentStates),
  }),
  /** Records that were lost, said as such: `missing` of them, up to and without this one. */
  z.object({ type: z.literal('gap'), ...recordHead, missing: z.number().int().min(1), reason: z.string().max(300) }),
]);

/** Sequence numbers are per `spool` (a new one when the old is lost). The answer acknowledges the highest one stored. */
export const telemetryBatchSchema = z.object({
  ...documentHead,
  kind: z.literal('TelemetryBatch'),
  install: installIdSchema,
  spool: z.uuid(),
  records: z.array(telemetryRecordSchema).min(1).max(500),
});

export const telemetryAckSchema = z.object({ spool: z.uuid(), acknowledged: z.number().int().min(0) });

export type TelemetryRecord = z.infer<typeof telemetryRecordSchema>;
export type TelemetryBatch = z.infer<typeof telemetryBatchSchema>;
export type TelemetryAck = z.infer<typeof telemetryAckSchema>;
