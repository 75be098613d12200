import { systemClock } from '../../contract/index.ts';
import { isAlive } from '../process-identity.ts';
import { readWorldState, removeWorldState } from './world-state.ts';

/** Ends the world that `up` started, and waits until its owner is gone. */
export async function down(): Promise<number> {
  const state = await readWorldState();
  if (state === undefined) {
    console.log('no world is up');
    return 0;
  }
  process.kill(state.owner.pid, 'SIGTERM');
  const deadline = Date.now() + 20_000;
  while (isAlive(state.owner)) {
    // Even a killed owner leaves nothing: its reaper sees to that.
    if (Date.now() > deadline && isAlive(state.owner)) process.kill(state.owner.pid, 'SIGKILL');
    await systemClock.sleep(50);
  }
  await removeWorldState();
  console.log('the world is down');
  return 0;
}
