import { LandfallError, systemClock } from '../../contract/index.ts';

/** Asks `probe` until it answers with something, at most `seconds`. What it last failed with is in the error. */
export async function waitUntil<T>(what: string, seconds: number, probe: () => Promise<T | null>): Promise<T> {
  const until = performance.now() + seconds * 1000;
  let last = 'it never held';
  while (performance.now() < until) {
    try {
      const answer = await probe();
      if (answer !== null) return answer;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await systemClock.sleep(200);
  }
  throw new LandfallError('LF-DEMO-001', `${what}: not seen within ${seconds} s (${last})`);
}
