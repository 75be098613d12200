import type { CodeEntry } from './code-entry.ts';

/** 170-179: health, and what is done about it. */
export const runnerHealthCodes = {
  'LF-RUNNER-170': {
    what: 'A health expression of a component cannot be used.',
    next: 'Build the release with a current `landfall release build`, which checks every expression, and publish it again.',
  },
} as const satisfies Record<string, CodeEntry>;
