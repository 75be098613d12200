import type { CodeEntry } from './code-entry.ts';

/** The runner's edges: LF-RUNNER-050 to 099. */
export const runnerEdgeCodes = {
  'LF-RUNNER-099': {
    what: 'An unexpected failure in runner/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
