/** Wakes what waits in memory when something was committed. A hint only: whoever is woken reads the database again. */
export type Bell = {
  /** Listens from now on, so that nothing rung between a read and the wait is missed. */
  listen(topic: string): Listener;
  ring(topic: string): void;
  /** Wakes everybody for the last time. */
  close(): void;
  readonly closed: boolean;
  /** How many listen to a topic now. */
  count(topic: string): number;
};

export type Listener = { rung: Promise<void>; stop(): void };

export function createBell(): Bell {
  const topics = new Map<string, Set<() => void>>();
  let closed = false;
  const ring = (topic: string): void => {
    for (const wake of topics.get(topic) ?? []) wake();
  };
  return {
    listen: (topic) => {
      let wake = (): void => undefined;
      const rung = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (closed) wake();
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(wake));
      const stop = (): void => {
        listeners.delete(wake);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
      return { rung, stop };
    },
    ring,
    close: () => {
      closed = true;
      for (const topic of topics.keys()) ring(topic);
    },
    get closed() {
      return closed;
    },
    count: (topic) => topics.get(topic)?.size ?? 0,
  };
}

/** What a runner's long-poll of one install waits for. */
export const channelTopic = (install: string): string => `channel:${install}`;

/** What open pages wait for: anything people can see has changed. */
export const pagesTopic = 'pages';
