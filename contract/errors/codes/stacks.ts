import type { CodeEntry } from './code-entry.ts';

export const stacksCodes = {
  'LF-STACKS-000': {
    what: 'An unexpected failure in stacks/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
