import type { HelmComponent } from '../../../contract/index.ts';
import type { DesiredHelm } from '../../components/desired.ts';
import type { Direction } from '../../components/direction.ts';
import { actHelm, type HelmParts } from '../../components/helm/act.ts';
import { decideHelm, type HelmAction } from '../../components/helm/decide.ts';
import { type HelmObserved, type ManifestCache, observeHelm, touch } from '../../components/helm/observe.ts';
import type { HelmId, Look } from '../../components/helm/release-secrets.ts';
import { LandfallError } from '../../../contract/index.ts';

/** Unlock, apply, put back what is missing, and once more for what changed meanwhile; more would be somebody working against us. */
const mostSteps = 6;

export type HelmSettled = { observed: HelmObserved; actions: HelmAction['kind'][] };

/** observe -> decide -> act until nothing is left to do. That nothing is to do the shared watches may say; before anything is done it is looked again. */
export async function settleHelm(
  parts: HelmParts & { cache: ManifestCache },
  id: HelmId,
  desired: DesiredHelm | null,
  direction: Direction,
  onAction: (action: HelmAction) => void,
  signal: AbortSignal,
): Promise<HelmSettled> {
  const actions: HelmAction['kind'][] = [];
  let look: Look = 'watched';
  for (;;) {
    const observed = await observeHelm(parts.kubernetes, parts.cache, id, signal, look);
    const action = decideHelm(desired, observed, direction);
    if (action.kind === 'none') return { observed, actions };
    if (look === 'watched') {
      look = 'fresh';
      continue;
    }
    if (actions.length >= mostSteps) {
      throw new LandfallError(
        'LF-RUNNER-009',
        `${id.namespace}/${id.releaseName} does not come to rest: ${actions.join(', ')}`,
        {
          temporary: true,
        },
      );
    }
    onAction(action);
    touch(parts.cache, id);
    await actHelm(parts, id, desired, action, signal);
    actions.push(action.kind);
  }
}

export function helmIdOf(component: HelmComponent): HelmId {
  return { namespace: component.namespace, releaseName: component.releaseName };
}
