import type { CodeEntry } from './code-entry.ts';

export const releaseCodes = {
  'LF-RELEASE-000': {
    what: 'An unexpected failure in release/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
