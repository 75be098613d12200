/** Has `stop` called when `signal` is aborted, until what it returns is called. */
export type Stops = (signal: AbortSignal | undefined, stop: () => void) => () => void;

/** One listener on a signal for all that is under way by it: thousands of listeners would have to be found again one by one. */
export function createStops(): Stops {
  const stops = new Map<AbortSignal, Set<() => void>>();
  const stopAll = ({ target }: Event): void => {
    const under = target instanceof AbortSignal ? stops.get(target) : undefined;
    for (const stop of under ?? []) stop();
  };
  return (signal, stop) => {
    if (signal === undefined) return () => undefined;
    const under = stops.get(signal) ?? new Set();
    if (under.size === 0) signal.addEventListener('abort', stopAll, { once: true });
    stops.set(signal, under.add(stop));
    return () => {
      if (!under.delete(stop) || under.size > 0) return;
      stops.delete(signal);
      signal.removeEventListener('abort', stopAll);
    };
  };
}
