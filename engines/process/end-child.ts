import type { Clock } from '../../contract/index.ts';
import { type GroupGuard, interruptProcess } from './group-guard.ts';
import { signalGroup } from './process-identity.ts';

export type EndReason = 'deadline' | 'abort' | 'output';

export type EndChildOptions = {
  clock: Clock;
  pid: number;
  /** Who asks the child to end: nobody else has then asked it before. Default: this process. */
  guard?: Pick<GroupGuard, 'interrupt'> | undefined;
  deadlineMs: number;
  graceMs: number;
  signal?: AbortSignal;
  onReason: (reason: EndReason) => void;
};

/**
 * SIGINT to the direct child first: it is the one who knows how to end its own children (a provider plugin that got the
 * signal too would lose the answer to a call in flight). After the grace, SIGKILL to the whole group.
 */
export function endOnDeadlineOrAbort(options: EndChildOptions): { end(reason: EndReason): void; done(): void } {
  const { clock, pid, signal } = options;
  const over = new AbortController();
  let ending = false;
  const end = (reason: EndReason): void => {
    if (ending || over.signal.aborted) return;
    ending = true;
    options.onReason(reason);
    if (reason === 'output') {
      signalGroup(pid, 'SIGKILL'); // one that floods us is not asked
      return;
    }
    if (options.guard === undefined) interruptProcess(pid);
    else options.guard.interrupt(pid);
    clock.sleep(options.graceMs, over.signal).then(
      () => signalGroup(pid, 'SIGKILL'),
      () => undefined,
    );
  };
  const onAbort = (): void => end('abort');
  signal?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(options.deadlineMs, over.signal).then(
    () => end('deadline'),
    () => undefined,
  );
  return {
    end,
    done: () => {
      signal?.removeEventListener('abort', onAbort);
      over.abort();
    },
  };
}
