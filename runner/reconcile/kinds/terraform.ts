import { expressionsIn, type TerraformComponent } from '../../../contract/index.ts';
import { desiredOf, type DesiredTerraform } from '../../components/desired.ts';
import { emptyRecord } from '../../components/record.ts';
import { actTerraform } from '../../components/terraform/act.ts';
import { decideTerraform } from '../../components/terraform/decide.ts';
import type { ComponentKind, Settled, Work } from '../component-kind.ts';
import { requireSecrets, scopeOf } from '../definition.ts';
import type { Memory } from '../memory.ts';
import { isFalse, isTrue } from '../status.ts';
import { applyBase, isUnmanagedBase } from './settle-base.ts';

const running = { Ready: isTrue('Applied', 'its last plan is applied') };

export const terraformKind: ComponentKind<TerraformComponent> = {
  settle,
  look: async ({ memory, status }, component) => {
    const record = await memory.component(component.name).read();
    status.component(component, 'Running', running, record?.version ?? null);
  },
  remove: async ({ parts, definition }, { name }) => {
    const message = `${name} is not part of ${definition.key.version}; what it made stays in the account until it is removed by hand`;
    parts.events.event({ reason: 'TerraformLeft', component: name, severity: 'warning', message });
    return 'kept';
  },
  watchTargets: () => [],
  workloads: async () => [],
};

async function settle(work: Work, component: TerraformComponent): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version } = definition.key;
  await requireSecrets(parts.kubernetes, component.name, expressionsIn(component.variables), definition, signals.stop);
  if (isUnmanagedBase(parts, component)) {
    const facts = { Ready: isTrue('NotManaged', 'the base layer of this install is not looked after by the runner') };
    status.component(component, 'Running', facts, version);
    return 'settled';
  }
  const desired = desiredOf(component, scopeOf(definition, parts.install), parts.base?.variables);
  const document = memory.component(component.name);
  const record = await document.read();
  // Of the base layer that is applied, only what the customer has chosen can differ: that is no way back.
  const begun = record?.applying ?? null;
  const chosen =
    component.baseLayer === true && record?.version === version && (begun === null || begun === desired.fingerprint);
  const { rollback } = component;
  const way = chosen ? 'forward' : direction;
  const action = decideTerraform({ fingerprint: desired.fingerprint, rollback }, record, way);
  switch (action.kind) {
    case 'none':
      break;
    case 'stay': {
      const facts = { ...running, Stalled: isTrue('ForwardOnly', action.why) };
      status.component(component, 'Running', facts, record?.version ?? null);
      return 'moved';
    }
    case 'apply': {
      const facts = { Ready: isFalse('Progressing', action.why), Reconciling: isTrue('Applying', action.why) };
      status.component(component, record === null ? 'Unknown' : 'Provisioned', facts, record?.version ?? null);
      const event = { reason: 'TerraformApplying', severity: 'normal', message: action.why } as const;
      parts.events.event({ ...event, component: component.name });
      if ((await apply(work, desired, document)) === 'superseded') return 'superseded';
      break;
    }
  }
  if (direction === 'forward') definition.outputs[component.name] = (await document.read())?.outputs ?? {};
  const now = await document.read();
  if (now !== null && now.version !== version) await document.write({ ...now, version }, 'unchanged in this release');
  status.component(component, 'Running', running, version);
  return signals.superseded.aborted && direction === 'forward' ? 'superseded' : 'settled';
}

async function apply(
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
