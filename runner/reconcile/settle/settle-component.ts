import type { Component } from '../../../contract/index.ts';
import { MustWait } from '../../waits.ts';
import type { Settled, Work } from '../component-kind.ts';
import { followSecrets } from './follow-secrets.ts';
import { failureOf } from '../stance/failure.ts';
import { ofKind } from '../kinds/index.ts';
import { isFalse, isTrue } from '../told/status.ts';

/** Settles one component, whatever its kind; what went wrong is its status. Throws ComponentFailed when the release is at fault. */
export async function settleComponent(work: Work, component: Component): Promise<Settled> {
  try {
    const settled = await ofKind(component).settle(work);
    if (settled !== 'superseded') await followSecrets(work, component);
    return settled;
  } catch (error) {
    if (error instanceof MustWait) {
      const { reason, message } = error.waiting;
      const version = (await work.memory.component(component.name).read())?.version ?? null;
      work.status.component(component, 'Provisioned', { Ready: isFalse(reason, message) }, version);
      throw error;
    }
    const failure = failureOf(component.name, error);
    if (failure === null) throw error;
    const facts = { Ready: isFalse(failure.reason, failure.message), Stalled: isTrue(failure.reason, failure.message) };
    work.status.component(component, 'Error', facts, null);
    throw component.onFailure === 'hold' && work.direction === 'forward' ? failure.holding() : failure;
  }
}
