import type { CodeEntry } from './code-entry.ts';

export const enginesCodes = {
  'LF-ENGINES-000': {
    what: 'An unexpected failure in engines/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
