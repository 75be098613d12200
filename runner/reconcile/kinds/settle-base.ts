import type { JsonObject, TerraformComponent } from '../../../contract/index.ts';
import { type BaseMemory, upgradeBase } from '../../base/index.ts';
import type { DesiredTerraform } from '../../components/desired.ts';
import { type ComponentRecord, emptyRecord } from '../../components/record.ts';
import { isPlanApproved } from '../../policy/index.ts';
import type { PassSignals } from '../../ports.ts';
import { backoffMs } from '../stance/backoff.ts';
import type { Parts } from '../parts.ts';
import type { StoredDocument } from '../memory/stored-document.ts';
import { terraformParts } from './terraform-parts.ts';

/** AWS takes minutes for what is waited for here. */
const pause = 8;

/** Brings the base layer to what the release says, as far as it goes now. */
export async function applyBase(
  parts: Parts,
  desired: DesiredTerraform,
  document: StoredDocument<ComponentRecord>,
  signals: PassSignals,
): Promise<JsonObject | 'superseded'> {
  const { base, clock, policy } = parts;
  if (base === undefined) return {};
  const { component, fingerprint } = desired;
  const outputs = await upgradeBase(
    {
      ...parts,
      ...terraformParts(parts),
      base,
      memory: await openMemory(document, fingerprint),
      isApproved: (planDigest) => isPlanApproved(policy.current(), component.name, planDigest),
      lookAgain: () => new Date(clock.now().getTime() + (parts.backoff ?? backoffMs)(pause)),
    },
    desired,
    signals,
  );
  return outputs;
}

export function isUnmanagedBase(parts: Parts, component: TerraformComponent): boolean {
  return component.baseLayer === true && parts.base === undefined;
}

/** What was approved counts for one definition of the base layer; with another, it is asked anew. */
async function openMemory(document: StoredDocument<ComponentRecord>, fingerprint: string): Promise<BaseMemory> {
  let record = (await document.read()) ?? emptyRecord('terraform');
  const kept = (): string[] => (record.base?.fingerprint === fingerprint ? record.base.approved : []);
  const write = async (change: Partial<ComponentRecord>, intent: string): Promise<void> => {
    record = { ...record, ...change };
    await document.write(record, intent);
  };
  return {
    begin: () => write({ applying: fingerprint }, 'an apply begins'),
    approved: kept,
    approve: (what) => write({ base: { fingerprint, approved: [...what] } }, 'the customer has approved a plan'),
  };
}
