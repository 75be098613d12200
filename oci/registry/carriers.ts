import type { Carrier } from './exchange.ts';
import type { Wire } from './wire/wire.ts';

/** What is told of a request before it is sent; the path without its query, which may hold a signature. */
export type WireRequestFacts = {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly hasBody: boolean;
};

/** By connections of our own, which read into one buffer: half the processor time per byte of the usual clients. */
export function wireCarrier(wire: Wire, onRequest?: (request: WireRequestFacts) => void): Carrier {
  return (url, { method, headers, body, signal }) => {
    onRequest?.({ method, host: url.host, path: url.pathname, hasBody: body !== undefined });
    return wire.send({ method, url, headers, body }, signal);
  };
}
