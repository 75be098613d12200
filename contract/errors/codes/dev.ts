import type { CodeEntry } from './code-entry.ts';

export const devCodes = {
  'LF-DEV-000': { what: 'An unexpected failure in dev/.', next: 'Report this with the message and the log around it.' },
} as const satisfies Record<string, CodeEntry>;
