import { describe, expect, it } from 'vitest';
import { decideStage, type StageFacts } from './decide-stage.ts';

const nothing: StageFacts = {
  account: null,
  base: null,
  runnerImage: false,
  installRole: 'absent',
  installEntry: false,
  teardownRole: false,
};
const withAccount = { ...nothing, account: 30, installRole: 'present' } as const;
const withBase = { ...withAccount, base: 60, installEntry: true };

describe('the stage of an install', () => {
  it.each<[string, StageFacts, string]>([
    ['an empty account', nothing, 'absent'],
    ['an account stack whose state is not in the bucket yet', { ...nothing, installRole: 'present' }, 'account'],
    ['an account stack alone', withAccount, 'account'],
    ['an account stack and a base state that is empty', { ...withAccount, base: 0 }, 'account'],
    ['a base stack, whole or not', withBase, 'base'],
    ['a runner whose image was pushed', { ...withBase, runnerImage: true }, 'handed-off'],
    [
      'an install role that is denied everything',
      { ...withBase, runnerImage: true, installRole: 'denied' },
      'handed-off',
    ],
    ['a role that is gone and an entry that is left', { ...withBase, installRole: 'absent' }, 'base'],
    ['a role and an entry that are gone', { ...withBase, installRole: 'absent', installEntry: false }, 'ended'],
    ['a teardown that was begun', { ...withBase, teardownRole: true }, 'teardown'],
  ])('of %s', (_what, facts, stage) => {
    expect(decideStage(facts)).toBe(stage);
  });
});
