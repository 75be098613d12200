import { expressionsIn, type HelmComponent } from '../../../contract/index.ts';
import { describeAction, type HelmAction } from '../../components/helm/decide.ts';
import { type DesiredHelm, desiredHelm } from '../../components/helm/desired.ts';
import { describeDrift, type Drifted } from '../../components/helm/drift.ts';
import { helmHealthParts } from '../../components/helm/health.ts';
import { afterSuccess, type Pair } from '../../components/helm/remedy.ts';
import { testHelm } from '../../components/helm/run-tests.ts';
import { readValuesFrom, sourcesOf } from '../../components/helm/values-from.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import type { Settled, Work } from '../component-kind.ts';
import { scopeOf } from '../definition.ts';
import { requireSecrets } from '../needs/require-secrets.ts';
import { ComponentFailed } from '../stance/failure.ts';
import { contestsOf } from '../settle/contests.ts';
import { settleHealth } from '../settle/settle-health.ts';
import { type Facts, isFalse, isTrue } from '../told/status.ts';
import type { WatchTarget } from '../settle/watch-target.ts';
import { mayTry, pairOf, remedy } from './remedy-helm.ts';
import { helmIdOf, settleHelm } from './settle-helm.ts';

/** Brings a chart to what the definition says; what fails is tried again, remembered, or taken back, as the component says. */
export async function settleHelmComponent(work: Work, component: HelmComponent): Promise<Settled> {
  const desired = await resolve(work, component);
  const pair = await pairOf(work, desired.fingerprint);
  const tried = await mayTry(work, component, pair);
  if (tried.kind === 'given-up') {
    if (work.direction === 'forward') throw new ComponentFailed(component.name, 'ApplyFailed', tried.reason);
    return keepBefore(work, component, desired, tried.reason);
  }
  try {
    const settled = await apply(work, component, desired, pair);
    if (settled !== 'superseded') await forget(work, component, pair);
    return settled;
  } catch (error) {
    await remedy(work, component, pair, error);
    return keepBefore(work, component, desired, 'it has failed');
  }
}

async function resolve({ parts, definition, signals }: Work, component: HelmComponent): Promise<DesiredHelm> {
  const { values, labels, valuesFrom, name } = component;
  const scope = scopeOf(definition, parts.install);
  const expressions = expressionsIn({
    values,
    labels,
    names: valuesFrom.flatMap((each) => ('name' in each ? [each.name] : [])),
  });
  await requireSecrets(parts, name, expressions, definition, signals.stop);
  // Before they are read: also the one that is not there yet is watched.
  const targets = sourcesOf(component, scope).flatMap((source): WatchTarget[] => {
    if (source.kind === 'outputs') return [];
    const kind = source.kind === 'secret' ? 'Secret' : 'ConfigMap';
    return [{ apiVersion: 'v1', kind, namespace: component.namespace, metadataOnly: true }];
  });
  parts.valuesFrom.set(name, targets);
  const from = await readValuesFrom(parts.kubernetes, component, scope, signals.stop);
  return desiredHelm(component, scope, parts.mirror, from);
}

async function apply(
  work: Work,
  component: HelmComponent,
  desired: DesiredHelm,
  pair: Pair,
  repairs = 0,
): Promise<Settled> {
  const { parts, memory, definition, direction, signals } = work;
  const { version } = definition.key;
  const { fingerprint } = desired;
  const id = helmIdOf(component);
  const document = memory.component(component.name);
  const before = (await document.read()) ?? emptyRecord('helm');
  // Before the first install: what is begun must be found again, or taking the release back would forget it.
  if (before.helm === null) await document.write({ ...before, helm: id, applying: fingerprint }, 'an install begins');
  const tell = (action: HelmAction): void => tellAction(work, component, action);
  const contests = contestsOf(work, component);
  const wanted = { desired, refused: false, contests };
  // What is in force stays, also where a newer policy does not want it any more.
  const allowedNamespaces = direction === 'forward' ? parts.policy.current().allowedNamespaces : undefined;
  const limited = { ...parts, allowedNamespaces };
  const { observed, drifted } = await settleHelm(limited, id, wanted, direction, tell, signals.stop);
  const now = (await document.read()) ?? before;
  const record: ComponentRecord = { ...now, kind: 'helm', version, fingerprint, applying: null, helm: id };
  await document.write(record, 'applied');

  const health = helmHealthParts(parts.kubernetes, component, observed);
  const drift = { ...driftFacts(drifted), ...contests.facts() };
  const settled = await settleHealth(work, component, health, repairs, drift, contests.gone());
  if (settled === 'missing') return apply(work, component, desired, pair, repairs + 1);
  const { test } = component;
  if (test !== undefined && direction === 'forward' && settled === 'settled' && before.tested !== fingerprint) {
    await testHelm(parts, id, desired, test.timeoutSeconds, signals.stop);
    await document.write({ ...record, tested: fingerprint }, 'its tests have passed');
  }
  return settled;
}

/** What has failed is not tried again; what ran before is kept, or comes back. */
async function keepBefore(
  work: Work,
  component: HelmComponent,
  desired: DesiredHelm,
  reason: string,
): Promise<Settled> {
  const { parts, direction, signals } = work;
  const id = helmIdOf(component);
  const tell = (action: HelmAction): void => tellAction(work, component, action);
  const wanted = { desired, refused: true, contests: contestsOf(work, component) };
  const { observed, drifted } = await settleHelm(parts, id, wanted, direction, tell, signals.stop);
  const facts = { ...driftFacts(drifted), Stalled: isTrue('UpgradeFailed', `what ran before is kept: ${reason}`) };
  await settleHealth(
    { ...work, direction: 'keep' },
    component,
    helmHealthParts(parts.kubernetes, component, observed),
    0,
    facts,
  );
  return 'unhealthy';
}

async function forget({ memory }: Work, component: HelmComponent, pair: Pair): Promise<void> {
  const document = memory.component(component.name);
  const record = await document.read();
  const failed = record?.failed ?? [];
  const left = afterSuccess(failed, pair);
  if (record !== null && left.length < failed.length) await document.write({ ...record, failed: left }, 'it works now');
}

function tellAction({ parts, status, definition }: Work, component: HelmComponent, action: HelmAction): void {
  const message = describeAction(action);
  const state = action.kind === 'install' ? 'Unknown' : 'Provisioned';
  const drifted =
    action.kind !== 'repair'
      ? {}
      : action.missing.length > 0
        ? { Drifted: isTrue('ObjectsMissing', 'objects were deleted and are put back') }
        : { Drifted: isTrue('ObjectsChanged', `changed by others, and set back: ${describeDrift(action.drifted)}`) };
  const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('Applying', message), ...drifted };
  status.component(component, state, facts, definition.key.version);
  parts.events.event({ reason: eventReason(action.kind), component: component.name, severity: 'normal', message });
}

function driftFacts(drifted: readonly Drifted[]): Facts {
  if (drifted.length === 0) return {};
  return { Drifted: isTrue('ObjectsChanged', `changed by others: ${describeDrift(drifted)}`) };
}

function eventReason(kind: string): string {
  return `Helm${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
