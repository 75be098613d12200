import type { World } from '../../../dev/world/index.ts';

/** Calls that the account refused, but for those of the old access once its end had begun. */
export function refusedCalls(world: World): string[] {
  const calls = world.cloud.recording();
  const end = calls.findIndex(({ service, action }) => service === 'eks' && action === 'DeleteAccessEntry');
  const oldAccess = /-install\/|^ASIA|landfall-installer/;
  return calls
    .filter((call, index) => call.denied !== undefined && !(index > end && oldAccess.test(call.principal)))
    .map((call) => `${call.principal} ${call.service}:${call.action}: ${call.denied ?? ''}`);
}
