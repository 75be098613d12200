import { describeError } from '../../../contract/index.ts';
import { emptyRecord } from '../../components/record.ts';
import { contestedAddresses, countCorrections, mostInARow } from '../../components/terraform/drift-corrections.ts';
import { lookForDrift } from '../../components/terraform/drift.ts';
import { driftSettings, nextDriftCheck } from '../../components/terraform/drift-schedule.ts';
import { failureOf } from '../stance/failure.ts';
import { terraformParts } from './terraform-parts.ts';
import type { TerraformRun } from './terraform-run.ts';

/**
 * When a look for drift is due: takes it, remembers and tells what others have changed, and puts it back where the component says so, by a plan that
 * is judged and approved as any other. A look that fails is told and taken again the next time: what runs is not in question because of it.
 */
export async function keepFromDrifting(
  { work, desired, secrets, document }: TerraformRun,
  correct: (why: string) => Promise<unknown>,
): Promise<void> {
  const { parts, signals } = work;
  const { component } = desired;
  const record = (await document.read()) ?? emptyRecord('terraform');
  const before = record.terraform?.drift;
  const settings = driftSettings(component, parts.install.terraformDrift);
  const due = nextDriftCheck(settings, before, parts.clock.now());
  if (due === null || due.getTime() > parts.clock.now().getTime()) return;
  const checkedAt = parts.clock.now().toISOString();
  const remember = (addresses: string[]): Promise<void> =>
    document.write(
      { ...record, terraform: { ...record.terraform, drift: { ...before, checkedAt, addresses } } },
      'a look for drift',
    );
  // Something newer is worth more than a look.
  const signal = AbortSignal.any([signals.stop, signals.superseded]);
  let addresses: string[];
  try {
    addresses = await lookForDrift(terraformParts(parts), desired, secrets, signal);
  } catch (error) {
    signals.stop.throwIfAborted();
    if (signals.superseded.aborted) return;
    const message = `whether others have changed it is not known: ${describeError(failureOf(component.name, error) ?? error)}`;
    parts.events.event({ reason: 'DriftUnknown', component: component.name, severity: 'warning', message });
    return remember(before?.addresses ?? []);
  }
  const isNew = addresses.some((address) => before?.addresses.includes(address) !== true);
  await remember(addresses);
  if (isNew) {
    const message = `changed by others: ${addresses.join('; ')}`;
    parts.events.event({ reason: 'TerraformDrifted', component: component.name, severity: 'warning', message });
  }
  const now = parts.clock.now();
  const contested = contestedAddresses(addresses, before, now);
  const known = new Set(contestedAddresses(before?.addresses ?? [], before, now));
  if (contested.some((address) => !known.has(address))) {
    const message = `put back ${mostInARow} times in a row, and changed by somebody again each time: ${contested.join('; ')}. It is left as it is for a day`;
    parts.events.event({ reason: 'DriftContested', component: component.name, severity: 'warning', message });
  }
  // One plan puts back everything: what is contested alone is no reason for it.
  if (contested.length === addresses.length || settings.mode !== 'correct') return;
  const corrected = countCorrections(addresses, before, now);
  await correct(`others have changed ${addresses.join('; ')}`);
  const after = (await document.read()) ?? record;
  const drift = { checkedAt, addresses: [], ...after.terraform?.drift, corrected };
  await document.write({ ...after, terraform: { ...after.terraform, drift } }, 'drift was put back');
}
