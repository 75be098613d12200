import type { Connect } from '../../network/connect.ts';
import { Connection } from './connection.ts';
import { exchange, type WireAnswer, type WireRequest } from './exchange.ts';
import { createStops } from './stops.ts';

/** Shorter than what servers usually keep one: a request must not meet a connection that is just being closed. */
const keepMs = 4_000;

export type Wire = {
  /** The answer of this one server; nothing is followed or repeated. Rejects when the connection fails, or with `MalformedAnswer`. */
  send(request: WireRequest, signal: AbortSignal | undefined): Promise<WireAnswer>;
  /** Ends all connections, those in use as well. */
  close(): Promise<void>;
};

export type WireOptions = {
  connect: Connect;
  /** Silence that ends a connection. Default 60 s. */
  silenceMs?: number;
  /** What one connection reads at once, at most. Default 2 MiB, for large bodies. */
  bufferBytes?: number;
};

/** Requests on connections of our own, kept for a moment for the next one to the same origin. */
export function createWire({ connect, silenceMs = 60_000, bufferBytes = 2 * 1024 * 1024 }: WireOptions): Wire {
  const open = new Set<Connection>();
  const idle = new Map<Connection, { origin: string; end: NodeJS.Timeout }>();
  const stops = createStops();

  const take = (origin: string): Connection | undefined => {
    for (const [connection, kept] of idle) {
      if (kept.origin !== origin) continue;
      idle.delete(connection);
      clearTimeout(kept.end);
      return connection;
    }
    return undefined;
  };

  const opened = async (url: URL, signal: AbortSignal | undefined): Promise<Connection> => {
    const connection = await Connection.open(connect, targetOf(url), { silenceMs, bufferBytes }, signal);
    open.add(connection);
    void connection.closed.then(() => open.delete(connection));
    return connection;
  };

  const keep = (connection: Connection, origin: string): void => {
    const drop = (): void => {
      if (idle.delete(connection)) connection.destroy();
    };
    idle.set(connection, { origin, end: setTimeout(drop, keepMs).unref() });
    // Nothing is awaited: whatever comes now is the end of it. The next request goes on with this same read.
    connection.read().then(drop, drop);
  };

  return {
    send: async (request, signal) => {
      const { url } = request;
      signal?.throwIfAborted();
      const connection = take(url.origin) ?? (await opened(url, signal));
      const stop = (): void => connection.destroy(new Error('stopped', { cause: signal?.reason }));
      const forget = stops(signal, stop);
      const done = (reusable: boolean): void => {
        forget();
        if (reusable && open.has(connection)) keep(connection, url.origin);
        else connection.destroy();
      };
      if (signal?.aborted === true) stop();
      try {
        return await exchange(connection, request, done);
      } catch (error) {
        done(false);
        throw error;
      }
    },
    close: async () => {
      for (const { end } of idle.values()) clearTimeout(end);
      idle.clear();
      const ending = [...open];
      for (const connection of ending) connection.destroy();
      await Promise.all(ending.map(({ closed }) => closed));
    },
  };
}

function targetOf(url: URL): Parameters<Connect>[0] {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { protocol: secure ? 'https:' : 'http:', hostname: url.hostname.replaceAll(/[[\]]/g, ''), port };
}
