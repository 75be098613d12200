import type { CodeEntry } from './code-entry.ts';

export const controlPlaneCodes = {
  'LF-CONTROL-PLANE-000': {
    what: 'An unexpected failure in control-plane/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
