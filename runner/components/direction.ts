/** `forward`: to the release wanted now. `back`: to the last good one after a failure. `keep`: the last good one stays as it is. */
export type Direction = 'forward' | 'back' | 'keep';
