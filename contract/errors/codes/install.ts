import type { CodeEntry } from './code-entry.ts';

export const installCodes = {
  'LF-INSTALL-001': {
    what: 'The credentials belong to another AWS account or cannot be used.',
    next: 'Use credentials of the account that the install file names.',
  },
  'LF-INSTALL-002': {
    what: 'The install role could not be assumed.',
    next: 'Check principal, ExternalId and the date in the account stack; after the end of an install the role is gone for good.',
  },
  'LF-INSTALL-003': {
    what: 'The account stack is not there yet.',
    next: 'Let the customer run: npm run landfall -- install account --file <install file>',
  },
  'LF-INSTALL-004': {
    what: 'The base stack did not give what the hand-off needs.',
    next: 'Run again: npm run landfall -- install apply --file <install file>',
  },
  'LF-INSTALL-005': {
    what: 'The runner did not become ready in time.',
    next: 'Look at its events: kubectl -n landfall-system describe pods; then run the install again, it goes on from here.',
  },
  'LF-INSTALL-006': {
    what: 'The old access still works after the runner took over.',
    next: 'Look at the runner’s report for the step it waits at; delete the install role by hand if it cannot.',
  },
  'LF-INSTALL-007': {
    what: 'The install file cannot be used as given.',
    next: 'Check the path, or correct the named field; docs/install-aws.md lists all fields.',
  },
  'LF-INSTALL-008': {
    what: 'The cluster refused or did not answer.',
    next: 'Check that its API endpoint can be reached from here and that the install role still has its access entry.',
  },
  'LF-INSTALL-009': {
    what: 'A folder that was named as a synthesised module holds none.',
    next: 'Name the folder with cdk.tf.json, or leave it out: the module is synthesised then.',
  },
  'LF-INSTALL-010': {
    what: "The cluster's API cannot be reached from here.",
    next: "Run the install from inside the VPC (the 1-click job does), or name your own address in the install file: base: { publicEndpointCidrs: ['<your address>/32'] }.",
  },
  'LF-INSTALL-011': {
    what: 'AWS did not answer.',
    next: 'Check the region in the install file, name resolution and the way out on 443 to AWS; then run the same command again.',
  },
  'LF-INSTALL-012': {
    what: "The runner's image has nothing for the processors of the nodes.",
    next: 'Choose other instance types in base.nodeGroups (those with a g behind their number, like m7g.large, are arm64), at least for one group; or have the vendor build the image for both: docs/vendor/runner-image.md.',
  },
  'LF-INSTALL-013': {
    what: 'A state or a record in the work folder is of another install, or does not say which install it is of.',
    next: 'See whose things it names (tofu state list, in its folder). Move its folder to <work folder>/<account>/<install> of that install, or give another --work-dir; then run the same command again.',
  },
} as const satisfies Record<string, CodeEntry>;
