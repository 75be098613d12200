import { printWorldState, readWorldState } from './world-state.ts';

export async function status(): Promise<number> {
  const state = await readWorldState();
  if (state === undefined) {
    console.log('no world is up; start one with `npm run dev -- up`');
    return 1;
  }
  printWorldState(state);
  return 0;
}
