import { expressionsIn, type TerraformComponent } from '../../../contract/index.ts';
import { desiredOf } from '../../components/desired.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import { actTerraform } from '../../components/terraform/act.ts';
import { decideTerraform } from '../../components/terraform/decide.ts';
import { contestedAddresses } from '../../components/terraform/drift-corrections.ts';
import { driftSettings, nextDriftCheck } from '../../components/terraform/drift-schedule.ts';
import { withdrawOutputs } from '../../components/terraform/outputs.ts';
import { readSecretVariables } from '../../components/terraform/secret-variables.ts';
import type { ComponentKind, Settled, Work } from '../component-kind.ts';
import { scopeOf } from '../definition.ts';
import { requireSecrets, secretsNamed } from '../needs/require-secrets.ts';
import { type Facts, isFalse, isTrue } from '../told/status.ts';
import { keepFromDrifting } from './drift.ts';
import { removalOf, removeTerraform } from './remove-terraform.ts';
import { applyBase, isUnmanagedBase } from './settle-base.ts';
import { terraformParts } from './terraform-parts.ts';
import type { TerraformRun } from './terraform-run.ts';

/** A look for drift that is due while a release is on its way waits until it is there: no sooner than this, in milliseconds. */
const soonest = 60_000;

export const terraformKind: ComponentKind<TerraformComponent> = {
  settle,
  look: async ({ memory, status }, component) => {
    const record = await memory.component(component.name).read();
    status.component(component, 'Running', running(record), record?.version ?? null);
  },
  remove: removeTerraform,
  watchTargets: () => [],
  workloads: async () => [],
};

async function settle(work: Work, component: TerraformComponent): Promise<Settled> {
  const { parts, memory, status, definition, direction, signals } = work;
  const { version } = definition.key;
  // Those given by value count as those given by name: out of a store, they are kept first.
  const byValue = Object.values(component.secretVariables ?? {}).map((input) => `secrets.${input}`);
  const expressions = [...expressionsIn(component.variables), ...byValue];
  await requireSecrets(parts, component.name, expressions, definition, signals.stop);
  if (isUnmanagedBase(parts, component)) {
    const facts = { Ready: isTrue('NotManaged', 'the base layer of this install is not looked after by the runner') };
    status.component(component, 'Running', facts, version);
    return 'settled';
  }
  const desired = desiredOf(component, scopeOf(definition, parts.install), parts.base?.variables);
  const named = secretsNamed(parts, component.name, component.secretVariables ?? {}, definition);
  const secrets = await readSecretVariables(parts.kubernetes, component.name, named, signals.stop);
  const document = memory.component(component.name);
  const record = await document.read();
  // Of the base layer that is applied, only what the customer has chosen can differ: that is no way back.
  const begun = record?.applying ?? null;
  const chosen =
    component.baseLayer === true && record?.version === version && (begun === null || begun === desired.fingerprint);
  const way = chosen ? 'forward' : direction;
  const wanted = { fingerprint: desired.fingerprint, secrets: secrets.versions, rollback: component.rollback };
  const action = decideTerraform(wanted, record, way);
  const run = { work, desired, secrets, document };
  switch (action.kind) {
    case 'none':
      if (direction === 'keep' && component.baseLayer !== true) await keepFromDrifting(run, (why) => apply(run, why));
      break;
    case 'stay': {
      const facts = { ...running(record), Stalled: isTrue('ForwardOnly', action.why) };
      status.component(component, 'Running', facts, record?.version ?? null);
      return 'moved';
    }
    case 'apply':
      if ((await apply(run, action.why)) === 'superseded') return 'superseded';
      break;
  }
  const now = await document.read();
  if (direction === 'forward') definition.outputs[component.name] = now?.outputs ?? {};
  if (now !== null && now.version !== version) await document.write({ ...now, version }, 'unchanged in this release');
  status.component(component, 'Running', { ...running(now), ...contestedFacts(work, component, now) }, version);
  wakeForDrift(work, component, now);
  return signals.superseded.aborted && direction === 'forward' ? 'superseded' : 'settled';
}

async function apply({ work, desired, secrets, document }: TerraformRun, why: string): Promise<'done' | 'superseded'> {
  const { parts, status, definition, signals } = work;
  const { component, fingerprint } = desired;
  const { version } = definition.key;
  const before = (await document.read()) ?? emptyRecord('terraform');
  const facts = { Ready: isFalse('Progressing', why), Reconciling: isTrue('Applying', why) };
  status.component(component, before.fingerprint === null ? 'Unknown' : 'Provisioned', facts, before.version);
  const event = { reason: 'TerraformApplying', severity: 'normal', message: why } as const;
  parts.events.event({ ...event, component: component.name });
  const { base: _, ...record } = before;
  const own = record.terraform ?? {};
  const terraform = {
    ...own,
    ...removalOf(work, desired),
    secrets: secrets.versions,
    drift: { checkedAt: parts.clock.now().toISOString(), addresses: [] },
    ...(component.outputsSecret === undefined ? {} : { outputsSecret: component.outputsSecret }),
  };
  // What is begun must be found again, with all that is needed to take it away.
  const begun = { ...record, applying: fingerprint, terraform: { ...own, ...removalOf(work, desired) } };
  const begin = { before: () => document.write(begun, 'an apply begins') };
  const outputs =
    component.baseLayer === true
      ? await applyBase(parts, desired, document, signals)
      : await actTerraform(terraformParts(parts), desired, secrets, begin, signals.stop);
  if (outputs === 'superseded') return 'superseded';
  const old = own.outputsSecret;
  const place = component.outputsSecret;
  if (old !== undefined && (old.namespace !== place?.namespace || old.name !== place.name)) {
    await withdrawOutputs(terraformParts(parts), component.name, old, signals.stop);
    await parts.leaveOthers?.(signals.stop);
    if (place === undefined) delete terraform.outputsSecret;
  }
  await document.write({ ...record, version, fingerprint, applying: null, outputs, terraform }, 'applied');
  return 'done';
}

function running(record: ComponentRecord | null): Facts {
  const ready = { Ready: isTrue('Applied', 'its last plan is applied') };
  const addresses = record?.terraform?.drift?.addresses ?? [];
  if (addresses.length === 0) return ready;
  return { ...ready, Drifted: isTrue('ResourcesChanged', `changed by others: ${addresses.join('; ')}`) };
}

/** Somebody works against it, and is not fought any more: told as `Stalled`, here and at the install. */
function contestedFacts({ parts }: Work, { name }: TerraformComponent, record: ComponentRecord | null): Facts {
  const drift = record?.terraform?.drift;
  const addresses = contestedAddresses(drift?.addresses ?? [], drift, parts.clock.now());
  if (drift === undefined || addresses.length === 0) {
    parts.contested.delete(name);
    return {};
  }
  parts.contested.set(
    name,
    addresses.map((object) => ({ object, field: '', since: drift.checkedAt })),
  );
  return { Stalled: isTrue('DriftContested', `changed by somebody again each time: ${addresses.join('; ')}`) };
}

function wakeForDrift({ parts }: Work, component: TerraformComponent, record: ComponentRecord | null): void {
  const now = parts.clock.now();
  const due = nextDriftCheck(driftSettings(component, parts.install.terraformDrift), record?.terraform?.drift, now);
  if (due !== null) parts.wakes.set(component.name, new Date(Math.max(due.getTime(), now.getTime() + soonest)));
}
