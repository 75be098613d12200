import { type HelmComponent, LandfallError } from '../../../contract/index.ts';
import { namespaceGone } from '../../components/ensure-namespace.ts';
import type { Direction } from '../../components/direction.ts';
import { actHelm } from '../../components/helm/act.ts';
import { decideHelm, type HelmAction } from '../../components/helm/decide.ts';
import type { DesiredHelm } from '../../components/helm/desired.ts';
import { type DriftCache, type Drifted, leaving, observeDrift } from '../../components/helm/drift.ts';
import { type HelmObserved, type ManifestCache, observeHelm, touch } from '../../components/helm/observe.ts';
import { kindGone } from '../../components/helm/kind-gone.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import type { HelmParts } from '../../components/helm/parts.ts';
import type { HelmId, Look, SeenRevision } from '../../components/helm/release-secrets.ts';
import { type Change, deleted } from '../../remedy/index.ts';
import type { Contests } from '../settle/contests.ts';

/** Unlock, apply, put back what is missing or changed, and a few times more for what changed meanwhile; more would be somebody working against us. */
const mostSteps = 8;

export type HelmSettled = { observed: HelmObserved; actions: HelmAction['kind'][]; drifted: readonly Drifted[] };
export type SettleParts = HelmParts & { cache: ManifestCache; drift: DriftCache };
/** `refused`: it has failed here and is not tried again unasked. */
export type Wanted = { desired: DesiredHelm; refused: boolean; contests: Contests };

/** observe -> decide -> act until nothing is left to do. That nothing is to do the shared watches may say; before anything is done it is looked again. */
export async function settleHelm(
  parts: SettleParts,
  id: HelmId,
  wanted: Wanted | null,
  direction: Direction,
  onAction: (action: HelmAction) => void,
  signal: AbortSignal,
): Promise<HelmSettled> {
  const desired = wanted?.desired ?? null;
  const actions: HelmAction['kind'][] = [];
  let look: Look = 'watched';
  let applied: readonly SeenRevision[] | null = null;
  for (;;) {
    const observed = await observeHelm(parts.kubernetes, parts.cache, id, signal, look, applied);
    const drifted = wanted === null ? [] : await driftOf(parts, wanted, observed, signal);
    const setBack = wanted === null ? {} : await toSetBack(wanted, observed.missing, drifted);
    const action = decideHelm(
      wanted && { fingerprint: wanted.desired.fingerprint, refused: wanted.refused },
      { ...observed, ...setBack },
      direction,
    );
    if (action.kind === 'none') return { observed, actions, drifted };
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
    if (action.kind === 'repair') {
      await wanted?.contests.note([...action.missing.map(deletionOf), ...action.drifted.map(changeOf)]);
    }
    touch(parts.cache, id);
    await actHelm(parts, id, desired, action, signal).catch(async (error: unknown) => {
      const gone = await namespaceGone(parts, id.namespace, error, signal);
      throw gone ?? (await kindGone(parts.kubernetes, id, observed.history, error, signal)) ?? error;
    });
    actions.push(action.kind);
    applied = action.kind === 'install' || action.kind === 'upgrade' ? observed.history : null;
  }
}

/** Of what is about to be upgraded there is nothing to compare. */
async function driftOf(
  { kubernetes, drift }: SettleParts,
  { desired, refused }: Wanted,
  observed: HelmObserved,
  signal: AbortSignal,
): Promise<Drifted[]> {
  if (observed.history.at(-1)?.fingerprint !== desired.fingerprint && !refused) return [];
  return observeDrift(kubernetes, drift, observed, desired.component.drift, signal);
}

type Undone = Change & { missing?: KubeObject; drifted?: Drifted };

/** Of what others have deleted, and changed where the component says so: what nobody deletes or changes again each time. */
async function toSetBack(
  { desired, contests }: Wanted,
  missing: readonly KubeObject[],
  drifted: readonly Drifted[],
): Promise<{ missing: KubeObject[]; drifted: Drifted[] }> {
  const enforced = desired.component.drift.mode === 'enforce' ? drifted : [];
  const changes = await contests.toSetBack<Undone>([
    ...missing.map((each) => ({ ...deletionOf(each), missing: each })),
    ...enforced.map((each) => ({ ...changeOf(each), drifted: each })),
  ]);
  return {
    missing: changes.flatMap((each) => each.missing ?? []),
    drifted: changes.flatMap((each) =>
      each.drifted === undefined ? [] : leaving(each.drifted, contests.fieldsOf(each.object)),
    ),
  };
}

function changeOf({ object, fields }: Drifted): Change {
  return { object: nameOf(object), fields };
}

function deletionOf(object: KubeObject): Change {
  return { object: nameOf(object), fields: [deleted] };
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

export function helmIdOf(component: HelmComponent): HelmId {
  const { namespace, releaseName, hooks } = component;
  return { namespace, releaseName, ...(hooks ? {} : { hooks }) };
}
