import { type Component, describeError } from '../../../contract/index.ts';
import { MustWait } from '../../waits.ts';
import type { Settled, Work } from '../component-kind.ts';
import { backoffMs } from '../stance/backoff.ts';
import { environmentReasonOf } from '../stance/environment.ts';
import { followSecrets } from './follow-secrets.ts';
import { failureOf } from '../stance/failure.ts';
import { ofKind } from '../kinds/index.ts';
import { removeWhereItWas } from './remove-where-it-was.ts';
import { isFalse, isTrue } from '../told/status.ts';

/** Settles one component, whatever its kind; what went wrong is its status. Throws ComponentFailed when the release is at fault. */
export async function settleComponent(work: Work, component: Component): Promise<Settled> {
  try {
    await removeWhereItWas(work, component);
    const settled = await ofKind(component).settle(work);
    if (settled !== 'superseded') await followSecrets(work, component);
    return settled;
  } catch (error) {
    const wait = error instanceof MustWait ? error : waitForEnvironment(work, component.name, error);
    if (wait !== null) {
      const { reason, message } = wait.waiting;
      const version = (await work.memory.component(component.name).read())?.version ?? null;
      work.status.component(component, 'Provisioned', { Ready: isFalse(reason, message) }, version);
      throw wait;
    }
    const failure = failureOf(component.name, error);
    if (failure === null) throw error;
    const facts = { Ready: isFalse(failure.reason, failure.message), Stalled: isTrue(failure.reason, failure.message) };
    work.status.component(component, 'Error', facts, null);
    throw component.onFailure === 'hold' && work.direction === 'forward' ? failure.holding() : failure;
  }
}

/** Nothing tells when it passes: it is tried again after the longest pause there is, and what does not depend on it goes on. */
const longestPause = 10;

function waitForEnvironment({ parts, direction, signals }: Work, component: string, error: unknown): MustWait | null {
  const reason = signals.stop.aborted ? null : environmentReasonOf(error, direction);
  if (reason === null) return null;
  const until = new Date(parts.clock.now().getTime() + (parts.backoff ?? backoffMs)(longestPause));
  return new MustWait({ reason, message: `${component}: ${describeError(error)}`, until });
}
