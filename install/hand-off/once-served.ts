import { LandfallError } from '../../contract/index.ts';
import type { InstallContext } from '../context.ts';

const attempts = 10;
const betweenMs = 500;
const notServedYet = /could not find the requested resource|no matches for kind/;

/**
 * Helm makes the chart's CRD and uses its kind in the same breath, but the API server's discovery may be a moment behind
 * (kubernetes/kubernetes: a CRD is Established before every discovery document names it). Then Helm is simply run again.
 */
export async function onceServed<T>(
  context: Pick<InstallContext, 'clock' | 'signal'>,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const passing = error instanceof LandfallError && notServedYet.test(error.message);
      if (!passing || attempt === attempts) throw error;
      await context.clock.sleep(betweenMs, context.signal);
    }
  }
}
