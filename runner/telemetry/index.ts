export { createEventSink } from './event-sink.ts';
export { type RunnerLogger, createLogger } from './logger.ts';
export { createShipper } from './ship.ts';
