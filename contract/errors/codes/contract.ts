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
    next: 'Correct the field named. docs/install-aws.md has those of the install file (its base and accountOptions are the inputs of the stacks), docs/reference those of other documents.',
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
  'LF-CONTRACT-010': {
    what: 'An expression names an input, secret, component output or fact of the install that does not exist.',
    next: 'Correct the name, or declare the input, or add the component to dependsOn.',
  },
  'LF-CONTRACT-011': {
    what: 'A string holds something that looks like an expression and is not one.',
    next: 'Correct it, or write `$${` where a literal `${` is meant.',
  },
  'LF-CONTRACT-012': {
    what: 'An expression inside other text gives a list, an object or null.',
    next: 'Let the expression be the whole string, so that it keeps its type, or name one member of it.',
  },
  'LF-CONTRACT-013': {
    what: 'The inputs of an install do not fit the schema of its product.',
    next: 'Change the inputs named; the schema is in the product file under inputs.schema.',
  },
  'LF-CONTRACT-014': {
    what: 'The schema of the inputs is not a usable JSON Schema (draft 2020-12).',
    next: 'Correct inputs.schema in landfall.yaml.',
  },
} as const satisfies Record<string, CodeEntry>;
