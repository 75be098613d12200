import { createContext, Script } from 'node:vm';

const call = new Script('run()');

/**
 * Runs synchronous code for at most so many milliseconds of real time; then it is ended where it stands, in a loop or in a regular expression
 * (ERR_SCRIPT_EXECUTION_TIMEOUT). This is V8's own watchdog, not a sandbox: what runs is our interpreter of somebody else's expression.
 */
export function runBounded<T>(run: () => T, timeoutMs: number): T {
  let result: { value: T } | null = null;
  const context = createContext({
    run: () => {
      result = { value: run() };
    },
  });
  call.runInContext(context, { timeout: timeoutMs });
  return valueOf(result);
}

function valueOf<T>(result: { value: T } | null): T {
  if (result === null) throw new Error('it has not run');
  return result.value;
}
