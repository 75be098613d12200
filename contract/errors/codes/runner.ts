import type { CodeEntry } from './code-entry.ts';

export const runnerCodes = {
  'LF-RUNNER-000': {
    what: 'An unexpected failure in runner/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
