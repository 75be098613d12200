import { type Clock, elapsedMs, LandfallError } from '../../contract/index.ts';
import { endStaleProcess, type ProcessIdentity, type RunProcess } from '../../engines/index.ts';
import { type Child, decideStart, decideVictim, type Heavy, type Memory } from './decide-memory.ts';

export type MemoryGateOptions = {
  read: () => Promise<Memory | null>;
  clock: Clock;
  /** One line when something has to wait for memory, or is ended for the want of it. */
  onShort: (message: string) => void;
  end?: (child: ProcessIdentity) => Promise<unknown>;
};

/** Lets engines run beside the runner as far as there is memory: side by side, else one at a time, else not. */
export type MemoryGate = { through(runProcess: RunProcess, kind: Heavy): RunProcess };

/** Nothing tells how much is used. */
const lookAgainMs = 1_000;
const watchEveryMs = 250;
/** So often it is looked before an engine that would run alone is given up for now. */
const mostLooks = 10;

type Running = { kind: Heavy; since: number; process: ProcessIdentity | null; ended: boolean };

export function createMemoryGate({ read, clock, onShort, end = endStaleProcess }: MemoryGateOptions): MemoryGate {
  const running = new Set<Running>();
  let idleBytes = 0;
  let used: number | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let rest: () => void = () => undefined;
  let watching: Promise<void> | null = null;

  const children = (): Child[] => [...running].map(({ kind, since }) => ({ kind, ageMs: elapsedMs(clock) - since }));
  const look = async (): Promise<Memory | null> => {
    const memory = await read();
    used = memory?.usedBytes ?? null;
    if (running.size === 0) idleBytes = memory?.usedBytes ?? 0;
    return memory;
  };
  /** One after the other, or two would take the same room. */
  const enter = async (kind: Heavy, signal: AbortSignal | undefined): Promise<Running> => {
    for (let looks = 0; ; looks++) {
      const memory = await look();
      const verdict = decideStart(kind, { memory, idleBytes, running: children() });
      if (verdict === 'start' || memory === null || signal?.aborted === true) break;
      const bytes = `${mebi(memory.usedBytes)} of ${mebi(memory.limitBytes)} MiB are in use`;
      if (looks === 0) onShort(`${kind} waits for memory: ${bytes}`);
      if (verdict === 'wait' && looks >= mostLooks)
        throw new LandfallError('LF-RUNNER-019', `${kind} is not started: ${bytes}`, { temporary: true });
      const ended = new Promise<void>((resolve) => (rest = resolve));
      await Promise.race([ended, clock.sleep(lookAgainMs, signal).catch(() => undefined)]);
    }
    const entered = { kind, since: elapsedMs(clock), process: null, ended: false };
    running.add(entered);
    watching ??= watch().finally(() => (watching = null));
    return entered;
  };
  const leave = (entered: Running): void => {
    running.delete(entered);
    rest();
  };
  /** While anything runs: the kernel would end whatever it likes. */
  const watch = async (): Promise<void> => {
    while (running.size > 0) {
      await clock.sleep(watchEveryMs);
      const usedBefore = used;
      const memory = await look();
      const candidates = [...running].filter(({ process, ended }) => process !== null && !ended);
      const ages = candidates.map(({ kind, since }) => ({ kind, ageMs: elapsedMs(clock) - since }));
      const victim =
        candidates[decideVictim({ memory, running: ages, usedBefore: usedBefore ?? memory?.usedBytes ?? 0 }) ?? -1];
      if (victim === undefined || victim.process === null || memory === null) continue;
      victim.ended = true;
      onShort(`${victim.kind} is ended: ${mebi(memory.usedBytes)} of ${mebi(memory.limitBytes)} MiB are in use`);
      await end(victim.process);
    }
  };

  return {
    through: (runProcess, kind) => async (request) => {
      const entering = turn.then(() => enter(kind, request.signal));
      turn = entering.catch(() => undefined);
      const entered = await entering;
      try {
        return await runProcess({
          ...request,
          onSpawn: async (process) => {
            entered.process = process;
            await request.onSpawn?.(process);
          },
        });
      } catch (cause) {
        if (!entered.ended) throw cause;
        const message = `${kind} was ended before the kernel would have chosen whom to end for the want of memory`;
        throw new LandfallError('LF-RUNNER-019', message, { temporary: true, cause });
      } finally {
        leave(entered);
      }
    },
  };
}

function mebi(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
