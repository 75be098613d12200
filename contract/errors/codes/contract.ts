import type { CodeEntry } from './code-entry.ts';

export const contractCodes = {
  'LF-CONTRACT-001': {
    what: 'A document is larger than its limit.',
    next: 'Send a smaller document; the limit is in docs/reference/limits.md.',
  },
  'LF-CONTRACT-002': { what: 'A document is nested deeper than its limit.', next: 'Flatten the document.' },
  'LF-CONTRACT-003': { what: 'A document is not valid JSON or YAML.', next: 'Correct the syntax at the place named.' },
  'LF-CONTRACT-004': {
    what: 'A document does not have the expected shape.',
    next: 'Compare the path named with the reference of the document.',
  },
  'LF-CONTRACT-005': {
    what: 'A document names an API version, kind or critical feature this version does not know.',
    next: 'Upgrade the side that reads it; what is running keeps running.',
  },
  'LF-CONTRACT-006': {
    what: 'A signature does not verify with any trusted key.',
    next: 'Check which key signed it; if you did not expect this, treat it as an attack.',
  },
  'LF-CONTRACT-007': { what: 'A key cannot be used.', next: 'Use an Ed25519 or ECDSA P-256 key in PEM.' },
  'LF-CONTRACT-008': {
    what: 'A value cannot be written as canonical JSON.',
    next: 'Use only strings, finite numbers, booleans, null, arrays and plain objects.',
  },
  'LF-CONTRACT-009': {
    what: 'A signed document has the wrong payload type.',
    next: 'A document signed for one purpose is never accepted for another; check what was sent.',
  },
} as const satisfies Record<string, CodeEntry>;
