import type { CodeEntry } from './code-entry.ts';

/** 130-139: the customer's policy. */
export const runnerPolicyCodes = {
  'LF-RUNNER-130': {
    what: "A chart puts an object into a namespace that the customer's policy does not allow.",
    next: 'The release was taken back. Add the namespace to allowedNamespaces of the RunnerPolicy, if you want it there, and have the release published again.',
  },
} as const satisfies Record<string, CodeEntry>;
