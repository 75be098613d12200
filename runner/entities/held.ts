import type { EntityType } from '../../contract/index.ts';
import { LandfallError } from '../../contract/index.ts';
import { type EntityAsked, judgeEntity } from '../policy/index.ts';
import type { Parts } from '../reconcile/parts.ts';

/** What the customer's policy makes an entity wait for. */
export type Hold = { reason: string; message: string; until: Date };

/** Whether the customer's policy lets a change of an entity begin. Null: it does. What only the customer can change is LF-RUNNER-185. */
export function holdOf(
  { policy, clock }: Pick<Parts, 'policy' | 'clock'>,
  change: Omit<EntityAsked, 'components'>,
  type: EntityType | null,
): Hold | null {
  const verdict = judgeEntity(policy.current(), { ...change, components: membersOf(type) }, clock.now());
  if (verdict.kind === 'go') return null;
  const { reason, message } = verdict;
  if (verdict.kind === 'refuse') throw new LandfallError('LF-RUNNER-185', message, { details: { reason } });
  return { reason, message, until: verdict.until };
}

function membersOf(type: EntityType | null): EntityAsked['components'] {
  const cleanup =
    type?.cleanup === undefined ? [] : [{ name: 'cleanup', kind: 'job', namespaces: [type.cleanup.namespace] }];
  const members = (type?.components ?? []).map((member) => {
    const more = member.kind === 'manifests' ? member.namespaces : [];
    return { name: member.name, kind: member.kind, namespaces: [member.namespace, ...more] };
  });
  return [...members, ...cleanup];
}
