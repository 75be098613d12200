import type { RunnerPolicy } from '../../contract/index.ts';
import type { ComponentAsked } from './change.ts';
import { forbiddenPlace, forbiddenVerb, untimely, type Verdict } from './decide.ts';

/** One change of an entity, as the customer's policy looks at it. */
export type EntityAsked = {
  verb: 'install' | 'upgrade' | 'uninstall';
  /** As windows name it among their components. */
  type: string;
  /** What it is made of. */
  components: readonly ComponentAsked[];
  /** Somebody has asked for it; else it follows a release, which had its own moment. */
  asked: boolean;
};

/** The kind under which a window is for entities. */
export const entityKind = 'entity';

/**
 * The customer's limits on one change of an entity: kinds, namespaces and verbs as for components; freezes and windows where somebody has asked
 * for it. Approvals are for releases. A paused policy is not looked at here: nothing is begun then.
 */
export function judgeEntity(
  policy: RunnerPolicy,
  { verb, type, components, asked }: EntityAsked,
  now: Date,
): Extract<Verdict, { kind: 'go' | 'wait' | 'refuse' }> {
  const forbidden =
    (verb === 'uninstall' ? null : forbiddenPlace(policy, components)) ?? forbiddenVerb(policy, verb, null);
  if (forbidden !== null) return forbidden;
  if (!asked) return { kind: 'go' };
  return (
    untimely(policy, [{ name: type.toLowerCase(), kind: entityKind }], now, 'is for this entity') ?? { kind: 'go' }
  );
}
