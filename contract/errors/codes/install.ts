import type { CodeEntry } from './code-entry.ts';

export const installCodes = {
  'LF-INSTALL-000': {
    what: 'An unexpected failure in install/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
