import type { CodeEntry } from './code-entry.ts';

export const stacksCodes = {
  'LF-STACKS-001': {
    what: 'The inputs of a stack cannot be used as given.',
    next: 'Correct the named input; stacks/README.md lists them.',
  },
  'LF-STACKS-002': {
    what: 'A generated IAM policy is longer than IAM takes.',
    next: "Shorten the release's list of permissions: fewer statements, or resources by prefix.",
  },
  'LF-STACKS-003': {
    what: 'A permission of the release uses a placeholder that does not exist.',
    next: 'Use ${prefix}, ${account}, ${region} or ${partition} in the product file.',
  },
} as const satisfies Record<string, CodeEntry>;
