/** The end of a process: what it calls is not begun any more, what it awaits never returns, and its children end with it. */
export type Mortality = {
  die(): void;
  /** A client as this process has it. */
  own<T extends object>(client: T): T;
  /** An engine as this process has it: a child under way ends at its next step. */
  engine<T extends object>(client: T): T;
};

export function createMortality(): Mortality {
  const life = new AbortController();
  const never = (): Promise<never> => new Promise(() => undefined);
  const wrap = <T extends object>(client: T, argsOf: (args: unknown[]) => unknown[]): T =>
    new Proxy(client, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (life.signal.aborted) return never();
          const result: unknown = Reflect.apply(value, target, argsOf(args));
          if (!(result instanceof Promise)) return result;
          const over = (): boolean => life.signal.aborted;
          return result.then(
            (answer: unknown) => (over() ? never() : answer),
            (error: unknown) => (over() ? never() : Promise.reject(error)),
          );
        };
      },
    });
  return {
    die: () => life.abort(new Error('ended with its parent')),
    own: (client) => wrap(client, (args) => args),
    engine: (client) => wrap(client, ([request, call]) => [request, withEnd(call, life.signal)]),
  };
}

function withEnd(call: unknown, end: AbortSignal): object {
  const given = typeof call === 'object' && call !== null ? call : {};
  const signal = 'signal' in given && given.signal instanceof AbortSignal ? AbortSignal.any([given.signal, end]) : end;
  return { ...given, signal };
}
