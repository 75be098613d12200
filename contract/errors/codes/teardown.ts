import type { CodeEntry } from './code-entry.ts';

export const teardownCodes = {
  'LF-TEARDOWN-001': {
    what: 'A teardown was not confirmed.',
    next: 'Read the plan, then answer yes; without a terminal give --yes.',
  },
  'LF-TEARDOWN-002': {
    what: 'The teardown role could not be assumed.',
    next: 'Use credentials of a person of the account who may call sts:AssumeRole on it; the account stack makes the role while teardown_access is open.',
  },
  'LF-TEARDOWN-003': {
    what: 'A step of the teardown could not be finished.',
    next: 'Remove what is named, then run the same command again: it goes on from what it finds.',
  },
  'LF-TEARDOWN-004': {
    what: 'AWS did not answer.',
    next: 'Check the network, then run the same command again: it goes on from what it finds.',
  },
  'LF-TEARDOWN-005': {
    what: 'The state of a stack is not where it should be, so what it made cannot be taken away by it.',
    next: 'Run from the work folder that the teardown was begun in; else remove by hand what the last look at the account names.',
  },
  'LF-TEARDOWN-006': {
    what: 'A choice of the teardown is not known.',
    next: 'Give one of those that are named.',
  },
  'LF-INSTALL-030': {
    what: 'Somebody else works on the same stack.',
    next: 'Wait for the named holder. If it is surely dead, and only then: tofu force-unlock <id> in the folder of the stack.',
  },
  'LF-INSTALL-031': {
    what: 'Something that an install makes once exists several times in the account.',
    next: 'See which one is in use, delete the others by hand, then run the same command again.',
  },
  'LF-INSTALL-032': {
    what: 'What an earlier run made differs from what this run wants, so much that it would be made anew.',
    next: 'Use the same install file as the earlier run; or take the install away (install destroy), then begin anew.',
  },
} as const satisfies Record<string, CodeEntry>;
