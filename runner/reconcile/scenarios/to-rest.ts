import type { PassResult } from '../../ports.ts';

/** How often something is tried again while the runner itself says that it does. */
export const triesAgain = 6;

export type Rest = { rests?: () => boolean; pause?: (until: Date | null) => Promise<void> };

/** Passes until it is done and nothing is on its way any more, waits for somebody else or for a time that is far, or has tried so often. */
export async function passToRest<T extends PassResult | 'killed'>(
  pass: () => Promise<T>,
  passes: number,
  { rests = () => true, pause = async () => undefined }: Rest = {},
): Promise<T> {
  for (let made = 1; ; made++) {
    const result = await pass();
    if (result === 'killed' || made >= passes || (result.kind === 'done' && rests())) return result;
    const until = result.kind === 'waiting' ? result.until : null;
    const isFar = result.kind === 'waiting' && (result.reason === 'MaintenanceWindow' || result.reason === 'Freeze');
    if (result.kind === 'superseded' || isFar || (result.kind === 'waiting' && until === null)) return result;
    await pause(until);
  }
}
