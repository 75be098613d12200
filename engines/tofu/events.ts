import * as z from 'zod';

const diagnosticSchema = z.object({
  severity: z.string(),
  summary: z.string(),
  detail: z.string().default(''),
  address: z.string().optional(),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
});

export type TofuDiagnostic = z.infer<typeof diagnosticSchema>;

const lineSchema = z.object({
  '@level': z.string().default('info'),
  '@message': z.string().default(''),
  type: z.string().default('log'),
  diagnostic: diagnosticSchema.optional(),
  changes: z
    .object({
      add: z.number(),
      change: z.number(),
      remove: z.number(),
      import: z.number().default(0),
      operation: z.string(),
    })
    .optional(),
  hook: z
    .object({
      resource: z.object({ addr: z.string() }).optional(),
      action: z.string().optional(),
      elapsed_seconds: z.number().optional(),
    })
    .optional(),
});

/** One line of `-json` output (the machine-readable UI), as far as we use it. */
export type TofuEvent =
  | { readonly kind: 'diagnostic'; readonly diagnostic: TofuDiagnostic }
  | {
      readonly kind: 'resource';
      readonly step: 'start' | 'progress' | 'complete' | 'errored';
      readonly address: string;
      readonly action: string;
      readonly elapsedSeconds: number | undefined;
    }
  | { readonly kind: 'summary'; readonly operation: string; readonly changes: TofuChanges }
  | { readonly kind: 'log'; readonly type: string; readonly message: string };

export type TofuChanges = {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly import: number;
};

/** A line that is no event (a panic, a plugin's own print) is a log line as it stands. */
export function parseEvent(line: string): TofuEvent {
  const parsed = parseLine(line);
  if (parsed === undefined) return { kind: 'log', type: 'text', message: line };
  if (parsed.diagnostic !== undefined) return { kind: 'diagnostic', diagnostic: parsed.diagnostic };
  if (parsed.type === 'change_summary' && parsed.changes !== undefined) {
    const { operation, ...changes } = parsed.changes;
    return { kind: 'summary', operation, changes };
  }
  const step = stepOf(parsed.type);
  const address = parsed.hook?.resource?.addr;
  if (step !== undefined && address !== undefined) {
    return {
      kind: 'resource',
      step,
      address,
      action: parsed.hook?.action ?? '',
      elapsedSeconds: parsed.hook?.elapsed_seconds,
    };
  }
  return { kind: 'log', type: parsed.type, message: parsed['@message'] };
}

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function stepOf(type: string): 'start' | 'progress' | 'complete' | 'errored' | undefined {
  if (type === 'apply_start') return 'start';
  if (type === 'apply_progress') return 'progress';
  if (type === 'apply_complete') return 'complete';
  if (type === 'apply_errored') return 'errored';
  return undefined;
}
