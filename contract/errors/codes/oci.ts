import type { CodeEntry } from './code-entry.ts';

export const ociCodes = {
  'LF-OCI-000': { what: 'An unexpected failure in oci/.', next: 'Report this with the message and the log around it.' },
} as const satisfies Record<string, CodeEntry>;
