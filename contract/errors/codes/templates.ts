import type { CodeEntry } from './code-entry.ts';

export const templatesCodes = {
  'LF-TEMPLATES-001': {
    what: 'A statement uses a placeholder that the CloudFormation template cannot fill in.',
    next: 'Add the placeholder to templates/cloudformation/account/policy-documents.ts, or take it out of the statement.',
  },
  'LF-TEMPLATES-002': {
    what: 'A quick-create link would not do what it says.',
    next: 'Correct the named parameter or address; CloudFormation ignores what it does not know, without a word.',
  },
  'LF-TEMPLATES-003': {
    what: 'A generated template is larger than CloudFormation takes.',
    next: "Shorten the release's list of permissions or the runner policy in the install file.",
  },
  'LF-TEMPLATES-004': {
    what: 'The install file cannot be used for the job inside the account.',
    next: 'Give the runner’s chart by repository and digest, and the bootstrap image; docs/install-aws.md shows both.',
  },
  'LF-TEMPLATES-005': {
    what: 'The bootstrap job was not started as the template starts it.',
    next: 'Start it by the stack landfall-bootstrap; raise its parameter Attempt to run it again.',
  },
} as const satisfies Record<string, CodeEntry>;
