/** What is under way, by the signal that ends it: one listener for thousands of requests, of which each would have to be found again. */
export type Stops = {
  add(signal: AbortSignal | undefined, stop: () => void): void;
  remove(signal: AbortSignal | undefined, stop: () => void): void;
};

export function createStops(): Stops {
  const stops = new Map<AbortSignal, { under: Set<() => void>; all: () => void }>();
  return {
    add: (signal, stop) => {
      if (signal === undefined) return;
      let known = stops.get(signal);
      if (known === undefined) {
        const under = new Set<() => void>();
        const all = (): void => {
          for (const each of under) each();
        };
        known = { under, all };
        stops.set(signal, known);
        signal.addEventListener('abort', all, { once: true });
      }
      known.under.add(stop);
    },
    remove: (signal, stop) => {
      const known = signal === undefined ? undefined : stops.get(signal);
      if (signal === undefined || known === undefined) return;
      known.under.delete(stop);
      if (known.under.size > 0) return;
      stops.delete(signal);
      signal.removeEventListener('abort', known.all);
    },
  };
}
