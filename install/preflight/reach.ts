import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Reached } from './facts/facts.ts';

/** Asks whether somebody answers at a URL; what the answer says does not matter. */
export type Reach = (url: string, options?: { caPem?: string }) => Promise<Reached>;

/** A connection of the given kind; `caPem` is believed in addition to the public roots. */
export type DispatcherFor = (caPem?: string) => Dispatcher;

/** HEAD by the caller's own way out: this machine's, not that of the install's network. */
export function createReach(dispatcherFor: DispatcherFor, timeoutMs = 10_000): Reach {
  return async (url, { caPem } = {}) => {
    const dispatcher = dispatcherFor(caPem);
    try {
      const answer = await request(url, { method: 'HEAD', dispatcher, signal: AbortSignal.timeout(timeoutMs) });
      await answer.body.dump();
      return { url, status: answer.statusCode };
    } catch (error) {
      return { url, failed: reasonOf(error) };
    } finally {
      await dispatcher.close();
    }
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses tried: the first refusal says enough.
  const [first] = error instanceof AggregateError ? error.errors : [];
  const message = first instanceof Error ? first.message : error.message;
  return message === '' ? error.name : message;
}
