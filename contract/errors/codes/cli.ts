import type { CodeEntry } from './code-entry.ts';

export const cliCodes = {
  'LF-CLI-000': { what: 'An unexpected failure in cli/.', next: 'Report this with the message and the log around it.' },
} as const satisfies Record<string, CodeEntry>;
