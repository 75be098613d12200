import type { WaitingDetails } from '../contract/index.ts';

/** What a pass waits for: no failure, and nothing of it counts as one. `until`: when to look again; null: an event wakes the loop. */
export type Waiting = { reason: string; message: string; until: Date | null; details?: WaitingDetails };

/** Thrown from deep within a pass: it ends here, and goes on when what it waits for is there. */
export class MustWait extends Error {
  override readonly name = 'MustWait';
  readonly waiting: Waiting;
  constructor(waiting: Waiting) {
    super(waiting.message);
    this.waiting = waiting;
  }
}

/** Of two times at which something is due, the first; null: never. */
export function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a.getTime() < b.getTime() ? a : b;
}
