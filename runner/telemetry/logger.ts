import { type Logger, pino } from 'pino';
import type { Redactor, Spool } from '../egress/index.ts';
import { outgoingFields } from './log-fields.ts';

export type LogOptions = {
  level: string;
  redactor: Redactor;
  /** One line to the machine's own log. */
  write: (line: string) => void;
  base: Record<string, string>;
};

export type RunnerLogger = {
  logger: Logger;
  /** From now on what is info or above also goes to the spool, but for the lines of engines. A logger made with `localOnly` never does: what ships the spool must not fill it. */
  attach(spool: Spool): void;
  localOnly: Logger;
};

const levels: Record<number, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

const longestMessage = 4000;
const longestField = 2000;

/** pino, redacted before a line is written anywhere. */
export function createLogger(options: LogOptions): RunnerLogger {
  let spool: Spool | null = null;
  const redactLine = (line: string): Record<string, unknown> => {
    const value: unknown = options.redactor.value(JSON.parse(line));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  };
  const sink = (onLine: (line: Record<string, unknown>) => void) => ({
    write: (line: string) => {
      const clean = redactLine(line);
      options.write(`${JSON.stringify(clean)}\n`);
      onLine(clean);
    },
  });
  const settings = { level: options.level, base: options.base, timestamp: pino.stdTimeFunctions.isoTime };
  return {
    logger: pino(
      settings,
      sink((line) => {
        if (spool !== null && Number(line['level']) >= 30 && !isOfAnEngine(line)) spool.append(outgoing(line));
      }),
    ),
    localOnly: pino(
      settings,
      sink(() => undefined),
    ),
    attach: (to) => {
      spool = to;
    },
  };
}

/** What an engine prints may quote values of the customer's (a Terraform diagnostic does): it stays on the machine. Its summary is in our own words. */
const isOfAnEngine = (line: Record<string, unknown>): boolean => 'engine' in line;

type LogRecord = Extract<Parameters<Spool['append']>[0], { type: 'log' }>;

function outgoing(line: Record<string, unknown>): LogRecord {
  const message = typeof line['msg'] === 'string' ? line['msg'] : '';
  const fields: LogRecord['fields'] = {};
  for (const [key, value] of Object.entries(line)) {
    if (!outgoingFields.has(key)) continue;
    if (typeof value === 'string') fields[key] = value.slice(0, longestField);
    else if (typeof value === 'boolean' || value === null || (typeof value === 'number' && Number.isFinite(value))) {
      fields[key] = value;
    }
  }
  return {
    type: 'log',
    level: levels[Number(line['level'])] ?? 'info',
    message: message.slice(0, longestMessage),
    fields,
  };
}
