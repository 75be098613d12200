import type { CodeEntry } from './code-entry.ts';

export const preflightCodes = {
  'LF-PREFLIGHT-001': {
    what: 'An assumption of the price forecast cannot be used.',
    next: 'Give it as name=number; docs/customer/preflight.md lists the names.',
  },
  'LF-PREFLIGHT-002': {
    what: 'Preflight was about to send something that is not a read; it was stopped before it left.',
    next: 'This is a mistake in Landfall: tell its authors the message.',
  },
} as const satisfies Record<string, CodeEntry>;
