import type { Logger } from 'pino';
import { componentNameSchema } from '../../contract/index.ts';
import type { Redactor, Spool } from '../egress/index.ts';
import type { EventSink } from '../ports.ts';

/** Events and component states go to the log and, typed, to the spool. */
export function createEventSink(options: {
  logger: Logger;
  spool: Spool;
  redactor: Redactor;
  /** Of the desired state in force. */
  trace: () => string | null;
}): EventSink {
  const { logger, spool, redactor } = options;
  const nameOf = (component: string | null) => componentNameSchema.nullable().catch(null).parse(component);
  return {
    event: ({ reason, component, severity, message }) => {
      const clean = redactor.text(message).slice(0, 2000);
      const fields = { reason, ...(component === null ? {} : { component }), trace: options.trace() };
      if (severity === 'warning') logger.warn(fields, clean);
      else logger.info(fields, clean);
      spool.append({
        type: 'event',
        reason,
        component: nameOf(component),
        severity,
        message: clean,
        trace: options.trace(),
      });
    },
    componentState: (component, from, to) => {
      logger.info({ component, state: to }, `${component}: ${from} -> ${to}`);
      const name = nameOf(component);
      if (name !== null) spool.append({ type: 'component-state', component: name, from, to });
    },
    log: (level, message, fields = {}) => logger[level](fields, message),
  };
}
