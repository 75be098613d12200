import { join } from 'node:path';
import { type Clock, describeError, LandfallError } from '../../contract/index.ts';
import { isDiskFull } from './disk-space.ts';
import { sweepFiles } from './kept-files.ts';

export type AwaitRoom = {
  workDir: string;
  clock: Clock;
  stop: AbortSignal;
  onWaiting: (message: string) => void;
};

const pauseMs = 10_000;

/** For what a runner begins with: a full disk is waited for, after what can be fetched again has made room; a process that ended would only begin anew. */
export async function awaitRoom<T>(
  { workDir, clock, stop, onWaiting }: AwaitRoom,
  attempt: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      onWaiting(`LF-RUNNER-020: there is no room in ${workDir}, which is waited for: ${describeError(error)}`);
      for (const folder of fetchedFolders(workDir)) await sweepFiles(folder, 'all');
      await clock.sleep(pauseMs, stop);
    }
  }
}

/** As an error of ours, for whoever tries again what is temporary. */
export function asDiskFull(error: unknown): unknown {
  if (!isDiskFull(error) || error instanceof LandfallError) return error;
  return new LandfallError('LF-RUNNER-020', describeError(error), { cause: error, temporary: true });
}

/** What runners that were killed have begun to fetch. */
export async function sweepWorkDir(workDir: string): Promise<void> {
  for (const folder of fetchedFolders(workDir)) await sweepFiles(folder, 'unfinished');
}

function fetchedFolders(workDir: string): string[] {
  return ['charts', 'manifests'].map((name) => join(workDir, name));
}
