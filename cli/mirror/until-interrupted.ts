import { LandfallError } from '../../contract/index.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Work that Ctrl-C ends in order: what is half written goes, what is whole stays, and the command says so (LF-CLI-013). A second Ctrl-C ends the process
 * at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const interrupt = (): void => ended.abort(new LandfallError('LF-CLI-013', 'interrupted', { temporary: true }));
  for (const name of signals) process.once(name, interrupt);
  try {
    return await work(ended.signal);
  } catch (error) {
    // What a request says that was stopped in its midst is of no use to anybody.
    ended.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}
