import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../contract/index.ts';
import { createGroupGuard, createProcessRunner, findSetpriv } from '../engines/index.ts';
import type { InstallContext } from './context.ts';
import { byWayOut } from './way-out.ts';

/** The install's context on this machine, with the real clock and children that end with this process. */
export async function createInstallContext(
  options: Omit<InstallContext, 'clock' | 'runProcess'>,
): Promise<{ context: InstallContext; close: () => void }> {
  const workDir = resolve(options.workDir);
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const guard = createGroupGuard();
  const plain = createProcessRunner({ clock: systemClock, setpriv: await findSetpriv(), guard });
  const runProcess = byWayOut(plain, options.wayOut);
  return { context: { ...options, workDir, clock: systemClock, runProcess }, close: () => guard.stop() };
}
