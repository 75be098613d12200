/** How far an install is. */
export type Stage = 'absent' | 'account' | 'base' | 'handed-off' | 'ended' | 'teardown';

export type StageFacts = {
  /** Things in the account stack's state; null: no state. */
  account: number | null;
  base: number | null;
  /** The runner's image is in the customer's registry: the hand-off has begun. */
  runnerImage: boolean;
  installRole: 'present' | 'denied' | 'absent';
  /** The install role may still enter the cluster. */
  installEntry: boolean;
  teardownRole: boolean;
};

export function decideStage(facts: StageFacts): Stage {
  if (facts.teardownRole) return 'teardown';
  if ((facts.base ?? 0) > 0) {
    if (facts.installRole === 'absent' && !facts.installEntry) return 'ended';
    return facts.runnerImage ? 'handed-off' : 'base';
  }
  return (facts.account ?? 0) > 0 || facts.installRole !== 'absent' ? 'account' : 'absent';
}

/** What a person does next. */
export const nextOf: Record<Stage, string> = {
  absent: 'npm run landfall -- install account --file <install file>, by the customer’s admin',
  account: 'npm run landfall -- install apply --file <install file>, by the vendor’s principal',
  base: 'npm run landfall -- install apply --file <install file>: it goes on from here',
  'handed-off': 'wait for the runner to end the install role; its report says which step it waits at',
  ended:
    'npm run landfall -- install account --access closed, so that no later apply brings the role back; then npm run landfall -- seal',
  teardown: 'npm run landfall -- install destroy --file <install file>: it goes on from here',
};
