import type { Component, HelmComponent, TerraformComponent } from '../../contract/index.ts';
import { desiredOf, type DesiredTerraform } from '../components/desired.ts';
import type { Direction } from '../components/direction.ts';
import { describeAction } from '../components/helm/decide.ts';
import { helmHealthParts } from '../components/helm/health.ts';
import { emptyRecord } from '../components/record.ts';
import { actTerraform } from '../components/terraform/act.ts';
import { decideTerraform } from '../components/terraform/decide.ts';
import { awaitHealthy, lookAtHealth } from '../health/index.ts';
import type { PassSignals } from '../ports.ts';
import { type Definition, requireSecrets, scopeOf } from './definition.ts';
import { ComponentFailed, failureOf } from './failure.ts';
import { MustWait } from '../waits.ts';
import type { Memory } from './memory.ts';
import type { Parts } from './parts.ts';
import { applyBase, isUnmanagedBase } from './settle-base.ts';
import { helmIdOf, settleHelm } from './settle-helm.ts';
import { isFalse, isTrue, type StatusKeeper } from './status.ts';

export type Work = {
  parts: Parts;
  memory: Memory;
  status: StatusKeeper;
  definition: Definition;
  direction: Direction;
  signals: PassSignals;
};

/** `moved`: forward-only, and no longer what the release in force says. */
export type Settled = 'settled' | 'moved' | 'superseded' | 'unhealthy';

/** Brings one component to what the definition says, and waits until it is healthy (not when it is only being kept). */
export async function settleComponent(work: Work, component: Component): Promise<Settled> {
  const { parts, definition, signals } = work;
  try {
    await requireSecrets(parts.kubernetes, component, definition, signals.stop);
    return component.kind === 'helm'
      ? await settleHelmComponent(work, component)
      : await settleTerraform(work, component);
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
    throw failure;
  }
}

/** How often something deleted while its health was awaited is put back; more would be somebody working against us. */
const mostRepairs = 3;

async function settleHelmComponent(work: Work, component: HelmComponent, repairs = 0): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version } = definition.key;
  const desired = desiredOf(component, scopeOf(definition, parts.install), parts.mirror);
  if (desired.kind !== 'helm') return 'settled';
  const id = helmIdOf(component);
  const document = memory.component(component.name);
  const before = (await document.read()) ?? emptyRecord('helm');
  // Before the first install: what is begun must be found again, or taking the release back would forget it.
  if (before.helm === null)
    await document.write({ ...before, helm: id, applying: desired.fingerprint }, 'an install begins');
  const { observed, actions } = await settleHelm(
    parts,
    id,
    desired,
    direction,
    (action) => {
      const message = describeAction(action);
      const state = action.kind === 'install' ? 'Unknown' : 'Provisioned';
      const drifted =
        action.kind === 'repair' ? { Drifted: isTrue('ObjectsMissing', 'objects were deleted and are put back') } : {};
      status.component(
        component,
        state,
        { Ready: isFalse('Progressing', message), Reconciling: isTrue('Applying', message), ...drifted },
        version,
      );
      parts.events.event({ reason: eventReason(action.kind), component: component.name, severity: 'normal', message });
    },
    signals.stop,
  );
  await document.write(
    { ...before, kind: 'helm', version, fingerprint: desired.fingerprint, applying: null, helm: id },
    'applied',
  );

  const health = helmHealthParts(parts.kubernetes, component, observed);
  const running = { Ready: isTrue('Healthy', 'all of its workloads are ready') };
  const notYet = (message: string) => ({ Ready: isFalse('Progressing', message) });
  if (direction === 'keep') {
    const look = await lookAtHealth(health, signals.stop);
    if (look.state === 'healthy') status.component(component, 'Running', running, version);
    else status.component(component, look.state === 'failed' ? 'Error' : 'Provisioned', notYet(look.message), version);
    return look.state === 'healthy' ? 'settled' : 'unhealthy';
  }
  const outcome = await awaitHealthy({
    ...health,
    clock: parts.clock,
    stop: signals.stop,
    superseded: signals.superseded,
    onProgress: (message) => {
      if (actions.length > 0 || message !== '')
        status.component(
          component,
          'Provisioned',
          { ...notYet(message), Reconciling: isTrue('WaitingForHealth', message) },
          version,
        );
    },
  });
  if (outcome.outcome === 'superseded') return 'superseded';
  if (outcome.outcome === 'missing' && repairs < mostRepairs) return settleHelmComponent(work, component, repairs + 1);
  if (outcome.outcome !== 'healthy') {
    throw new ComponentFailed(component.name, 'HealthFailed', `${component.name}: ${outcome.message}`);
  }
  status.component(component, 'Running', running, version);
  return 'settled';
}

async function settleTerraform(work: Work, component: TerraformComponent): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version } = definition.key;
  if (isUnmanagedBase(parts, component)) {
    const facts = { Ready: isTrue('NotManaged', 'the base layer of this install is not looked after by the runner') };
    status.component(component, 'Running', facts, version);
    return 'settled';
  }
  const desired = desiredOf(component, scopeOf(definition, parts.install), parts.mirror, parts.base?.variables);
  if (desired.kind !== 'terraform') return 'settled';
  const document = memory.component(component.name);
  const record = await document.read();
  // Of the base layer that is applied, only what the customer has chosen can differ: that is no way back.
  const begun = record?.applying ?? null;
  const chosen =
    component.baseLayer === true && record?.version === version && (begun === null || begun === desired.fingerprint);
  const { rollback } = component;
  const way = chosen ? 'forward' : direction;
  const action = decideTerraform({ fingerprint: desired.fingerprint, rollback }, record, way);
  const running = { Ready: isTrue('Applied', 'its last plan is applied') };
  switch (action.kind) {
    case 'none':
      break;
    case 'stay':
      status.component(
        component,
        'Running',
        { ...running, Stalled: isTrue('ForwardOnly', action.why) },
        record?.version ?? null,
      );
      return 'moved';
    case 'apply': {
      const facts = { Ready: isFalse('Progressing', action.why), Reconciling: isTrue('Applying', action.why) };
      status.component(component, record === null ? 'Unknown' : 'Provisioned', facts, record?.version ?? null);
      parts.events.event({
        reason: 'TerraformApplying',
        component: component.name,
        severity: 'normal',
        message: action.why,
      });
      if ((await applyTerraform(work, desired, document)) === 'superseded') return 'superseded';
      break;
    }
  }
  if (direction === 'forward') definition.outputs[component.name] = (await document.read())?.outputs ?? {};
  const now = await document.read();
  if (now !== null && now.version !== version) await document.write({ ...now, version }, 'unchanged in this release');
  status.component(component, 'Running', running, version);
  return signals.superseded.aborted && direction === 'forward' ? 'superseded' : 'settled';
}

async function applyTerraform(
  { parts, definition, signals }: Work,
  desired: DesiredTerraform,
  document: ReturnType<Memory['component']>,
): Promise<'done' | 'superseded'> {
  const { base: _, ...record } = (await document.read()) ?? emptyRecord('terraform');
  const diedHolding = (name: string): boolean => parts.interrupted.has(name);
  const before = () => document.write({ ...record, applying: desired.fingerprint }, 'an apply begins');
  const outputs =
    desired.component.baseLayer === true
      ? await applyBase(parts, desired, document, signals)
      : await actTerraform({ ...parts, diedHolding }, desired, before, signals.stop);
  if (outputs === 'superseded') return 'superseded';
  const { version } = definition.key;
  await document.write({ ...record, version, fingerprint: desired.fingerprint, applying: null, outputs }, 'applied');
  return 'done';
}

function eventReason(kind: string): string {
  return `Helm${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
