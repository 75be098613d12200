import { LandfallError, type ManifestsComponent } from '../../../contract/index.ts';
import { ensureNamespace } from '../../components/ensure-namespace.ts';
import { ourObjects } from '../../components/marks.ts';
import { applyManifests, awaitGone, pruneManifests } from '../../components/manifests/act.ts';
import type { DesiredManifests } from '../../components/manifests/desired.ts';
import { decideManifests, type ManifestsAction } from '../../components/manifests/decide.ts';
import { manifestsHealthParts } from '../../components/manifests/health.ts';
import { refOfId, stageOf } from '../../components/manifests/identity.ts';
import { type Known, knownManifests } from '../../components/manifests/known.ts';
import { type ManifestsObserved, nameOfId, observeManifests } from '../../components/manifests/observe.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import { withIgnored } from '../../components/ignore-rules.ts';
import { isJudged, lookAtHealth, passingKinds } from '../../health/index.ts';
import { type Change, deleted } from '../../remedy/index.ts';
import type { ComponentKind, Settled, Work } from '../component-kind.ts';
import { scopeOf } from '../definition.ts';
import { requireSecrets } from '../needs/require-secrets.ts';
import { type Contests, contestsOf } from '../settle/contests.ts';
import { settleHealth, tellHealth } from '../settle/settle-health.ts';
import { type Facts, isFalse, isTrue } from '../told/status.ts';
import type { WatchTarget } from '../settle/watch-target.ts';

/** How long what was deleted may take to be gone when the component says nothing, in milliseconds. */
const removalMs = 120_000;
/** One per stage and what lies between; more would be somebody working against us. */
const mostSteps = 24;

export const manifestsKind: ComponentKind<ManifestsComponent> = {
  settle: (work, component) => settle(work, component),
  look: async (look, component) => {
    const { parts, memory, status, definition, signals } = look;
    const { version } = definition.key;
    const known = await knownManifests(parts, component, scopeOf(definition, parts.install), signals.stop);
    const record = (await memory.component(component.name).read()) ?? emptyRecord('manifests');
    const observed = await observe(parts, known, record, signals.stop);
    const wrong = [...observed.wanted].filter(([id, seen]) => seen.state !== 'ours' && !isPassing(id));
    if (wrong.some(([, seen]) => seen.state === 'absent')) {
      const names = wrong.filter(([, seen]) => seen.state === 'absent').map(([id]) => nameOfId(id));
      const message = `missing and not put back while paused: ${names.join(', ')}`;
      const facts = { Ready: isFalse('ObjectsMissing', message), Drifted: isTrue('ObjectsMissing', message) };
      status.component(component, 'Error', facts, version);
      return;
    }
    const health = await lookAtHealth(manifestsHealthParts(parts.kubernetes, known.desired), signals.stop);
    tellHealth(status, component, health, version, driftOf(observed));
  },
  remove: async (work, { name, record, why: reason }) => {
    const { parts, status, definition, signals } = work;
    const inventory = record.inventory ?? [];
    status.component({ name, kind: 'manifests' }, 'ShuttingDown', {}, record.version);
    const why = reason ?? `${name} is not part of ${definition.key.version}`;
    for (let steps = 0; ; steps += 1) {
      const options = { drift: false, signal: signals.stop };
      const observed = await observeManifests(parts.kubernetes, new Map(), name, null, inventory, options);
      const action = decideManifests(null, observed, { ...record, inventory }, stageOfId, isPassing);
      if (action.kind !== 'prune' && action.kind !== 'await') {
        tellLeft(work, name, observed);
        break;
      }
      requireRest(name, steps);
      if (action.kind === 'await') await awaitGone(parts, name, action.ids, removalMs, signals.stop);
      else {
        const message = `${why}: ${action.ids.length} objects are deleted`;
        parts.events.event({ reason: 'ManifestsPruned', component: name, severity: 'normal', message });
        await pruneManifests(parts, name, action.ids, why);
      }
    }
    parts.manifests.delete(name);
    return 'removed';
  },
  watchTargets: ({ manifests }) =>
    [...manifests.values()].flatMap(({ desired }) =>
      desired.objects.map(({ ref: { apiVersion, kind, namespace } }): WatchTarget => ({
        apiVersion,
        kind,
        namespace,
        labelSelector: ourObjects,
        watched: ourObjects,
        metadataOnly: !isJudged({ apiVersion, kind }),
      })),
    ),
  workloads: async (_, record) => (record.inventory ?? []).map(refOfId),
};

async function settle(work: Work, component: ManifestsComponent, repairs = 0): Promise<Settled> {
  const { parts, memory, definition, signals } = work;
  const { stop } = signals;
  const known = await knownManifests(parts, component, scopeOf(definition, parts.install), stop);
  await requireSecrets(parts, component.name, known.expressions, definition, stop);
  const { desired, live } = known;
  const document = memory.component(component.name);
  const ids = desired.objects.map(({ id }) => id);
  const { takeOver } = component;
  // What is refused to be overwritten is not overwritten later either.
  const correctDrift = component.drift === 'correct' && component.conflicts === 'overwrite';
  const contests = contestsOf(work, component);
  const wanted = { fingerprint: desired.fingerprint, ids, takeOver };

  let observed: ManifestsObserved;
  for (let steps = 0; ; steps += 1) {
    const record = (await document.read()) ?? emptyRecord('manifests');
    const inventory = record.inventory ?? [];
    observed = await observe(parts, known, record, stop);
    const changes = isApplied(record, desired) ? changesIn(observed, correctDrift) : [];
    const setBack = await contests.toSetBack(changes);
    const toCorrect = new Set(setBack.map(({ id }) => id));
    const left = new Set(changes.flatMap(({ id }) => (toCorrect.has(id) ? [] : [id])));
    const aim = { ...wanted, toCorrect, left };
    const action = decideManifests(aim, observed, { ...record, inventory }, stageOfId, isPassing);
    if (action.kind === 'none') break;
    requireRest(component.name, steps);
    tell(work, component, record, action, observed);
    switch (action.kind) {
      case 'refuse': {
        const taken = action.taken.map(({ id, owner }) => `${nameOfId(id)} (${owner})`);
        const message = `${component.name}: there already, and not its own: ${taken.slice(0, 10).join(', ')}`;
        throw new LandfallError('LF-RUNNER-102', message);
      }
      case 'await':
        await awaitGone(parts, component.name, action.ids, component.health.timeoutSeconds * 1000, stop);
        break;
      case 'apply':
        if (action.all) {
          // Before the first of them: what is begun must be found again, whatever becomes of this runner.
          const both = [...new Set([...inventory, ...ids])];
          const begun = { ...record, applying: desired.fingerprint, inventory: both };
          await document.write(begun, 'an apply begins');
          const namespaces = desired.objects.map(({ ref }) => ref.namespace ?? component.namespace);
          for (const namespace of new Set(namespaces)) await ensureNamespace(parts, namespace, component.name, stop);
        }
        await contests.note(setBack.filter(({ id }) => action.ids.includes(id)));
        await applyManifests(parts, live, leavingContested(desired, observed, contests), action.ids, action.why, stop);
        // What was applied wholly is remembered before anything is deleted for it: the next look finds it so.
        if (action.all)
          await document.write(applied(record, work, desired.fingerprint, [...inventory, ...ids]), 'applied');
        break;
      case 'prune':
        await pruneManifests(parts, component.name, action.ids, `${definition.key.version} does not have it any more`);
        break;
    }
  }
  tellLeft(work, component.name, observed);
  const record = (await document.read()) ?? emptyRecord('manifests');
  // Before it is forgotten that something of it was there.
  if (ids.length < (record.inventory ?? []).length) await parts.leaveOthers?.(stop);
  await document.write(applied(record, work, desired.fingerprint, ids), 'nothing else is left of it');

  const drift = { ...driftOf(observed), ...contests.facts() };
  const health = manifestsHealthParts(parts.kubernetes, desired);
  const settled = await settleHealth(work, component, health, repairs, drift, contests.gone());
  return settled === 'missing' ? settle(work, component, repairs + 1) : settled;
}

function observe(
  parts: Work['parts'],
  { desired, live }: Known,
  record: ComponentRecord,
  signal: AbortSignal,
): Promise<ManifestsObserved> {
  // What is about to be applied as a whole needs no comparison.
  const drift = isApplied(record, desired) && desired.component.drift !== 'ignore';
  const { name } = desired.component;
  return observeManifests(parts.kubernetes, live, name, desired, record.inventory ?? [], { drift, signal });
}

function isApplied({ fingerprint, applying }: ComponentRecord, desired: DesiredManifests): boolean {
  return fingerprint === desired.fingerprint && applying === null;
}

/** What others have deleted, and what they have changed where that is to be set back. */
function changesIn({ wanted }: ManifestsObserved, correctDrift: boolean): (Change & { id: string })[] {
  return [...wanted].flatMap(([id, seen]) => {
    if (seen.state === 'absent' && !isPassing(id)) return [{ id, object: nameOfId(id), fields: [deleted] }];
    return seen.state === 'changed' && correctDrift ? [{ id, object: nameOfId(id), fields: seen.fields }] : [];
  });
}

/** What somebody else changes again each time stays as it is, while the rest of its object is put back. */
function leavingContested(desired: DesiredManifests, { wanted }: ManifestsObserved, contests: Contests) {
  const objects = desired.objects.map((each) => {
    const seen = wanted.get(each.id);
    const left = contests.fieldsOf(nameOfId(each.id));
    if (seen?.state !== 'changed' || left.length === 0) return each;
    const rules = left.map((path) => ({ path }));
    return { ...each, object: withIgnored(each.object, seen.live, rules), partly: true as const };
  });
  return { ...desired, objects };
}

function applied(record: ComponentRecord, work: Work, fingerprint: string, inventory: string[]): ComponentRecord {
  const { version } = work.definition.key;
  return { ...record, kind: 'manifests', version, fingerprint, applying: null, inventory: [...new Set(inventory)] };
}

function tell(
  { parts, status, definition }: Work,
  component: ManifestsComponent,
  record: ComponentRecord,
  action: ManifestsAction,
  observed: ManifestsObserved,
): void {
  if (action.kind === 'refuse' || action.kind === 'none') return;
  const { version } = definition.key;
  const message = describe(action, observed);
  const state = record.fingerprint === null && action.kind === 'apply' ? 'Unknown' : 'Provisioned';
  const drifted = action.kind === 'apply' && !action.all ? { Drifted: isTrue('ObjectsChanged', message) } : {};
  const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('Applying', message), ...drifted };
  status.component(component, state, facts, version);
  if (action.kind === 'await') return;
  const reason = action.kind === 'prune' ? 'ManifestsPruned' : action.all ? 'ManifestsApplied' : 'ManifestsCorrected';
  parts.events.event({ reason, component: component.name, severity: 'normal', message });
}

const mostNamed = 5;

/** Names of objects and of their fields; never a value. */
function describe(action: Exclude<ManifestsAction, { kind: 'none' | 'refuse' }>, observed: ManifestsObserved): string {
  const named = action.ids.slice(0, mostNamed).map((id) => {
    const seen = observed.wanted.get(id);
    return seen?.state === 'changed' ? `${nameOfId(id)} (${seen.fields.join(', ')})` : nameOfId(id);
  });
  const names =
    action.ids.length > mostNamed ? `${named.join(', ')} and ${action.ids.length - mostNamed} more` : named.join(', ');
  if (action.kind === 'apply')
    return action.all ? `apply ${action.ids.length} objects: ${action.why}` : `${action.why}: ${names}`;
  return action.kind === 'prune' ? `delete ${names}` : `wait until ${names} is gone`;
}

/** What the runner applied and does not delete: it is named once, and forgotten. */
function tellLeft({ parts }: Work, component: string, observed: ManifestsObserved): void {
  const left = observed.leftovers.filter(({ state }) => state === 'left').map(({ id }) => nameOfId(id));
  if (left.length === 0) return;
  const message = `not part of it any more, and left as they are: ${left.slice(0, 20).join(', ')}`;
  parts.events.event({ reason: 'ObjectsLeft', component, severity: 'warning', message });
}

function driftOf(observed: ManifestsObserved): Facts {
  const changed = [...observed.wanted].flatMap(([id, seen]) =>
    seen.state === 'changed' ? [`${nameOfId(id)}: ${seen.fields.join(', ')}`] : [],
  );
  if (changed.length === 0) return {};
  return { Drifted: isTrue('ObjectsChanged', `changed by others: ${changed.slice(0, mostNamed).join('; ')}`) };
}

function requireRest(component: string, steps: number): void {
  if (steps < mostSteps) return;
  throw new LandfallError('LF-RUNNER-009', `${component} does not come to rest`, { temporary: true });
}

function stageOfId(id: string): number {
  return stageOf(refOfId(id));
}

function isPassing(id: string): boolean {
  return passingKinds.has(refOfId(id).kind);
}
