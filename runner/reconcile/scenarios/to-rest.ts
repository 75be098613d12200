import type { PassResult } from '../../ports.ts';

/** How often something is tried again while the runner itself says that it does. */
export const triesAgain = 6;

/** Passes until it is done, waits for somebody else or for a time that is far, or has tried so often. */
export async function passToRest<T extends PassResult | 'killed'>(
  pass: () => Promise<T>,
  passes: number,
  pause: (until: Date) => Promise<void> = async () => undefined,
): Promise<T> {
  for (let made = 1; ; made++) {
    const result = await pass();
    if (result === 'killed' || result.kind !== 'waiting' || result.until === null || made >= passes) return result;
    if (result.reason === 'MaintenanceWindow' || result.reason === 'Freeze') return result;
    await pause(result.until);
  }
}
