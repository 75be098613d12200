import type { CodeEntry } from './code-entry.ts';

/** 200-209: secrets out of the customer's own store. */
export const runnerSecretsCodes = {
  'LF-RUNNER-200': {
    what: "The customer's secret store cannot be reached, so that a secret input cannot be read or looked up.",
    next: 'What was read last stays in the cluster and in use; it is tried again. Look at the way from the cluster to the store (endpoint, proxy, DNS).',
  },
  'LF-RUNNER-201': {
    what: 'A secret input names something that is not in the customer’s store.',
    next: 'Create the secret under exactly this name in the account and region of the install, or correct the reference. It is tried again.',
  },
  'LF-RUNNER-202': {
    what: "The customer's secret store does not let the runner read a secret input.",
    next: 'The name must begin with the prefix of the install and "/", and the account stack must be one that gives the right ReadSecrets; a key of your own must let the runner decrypt.',
  },
  'LF-RUNNER-203': {
    what: 'The value of a secret input cannot be used: it lacks the field that is named, or it is too large.',
    next: 'Correct the value in the store, or the field in the reference. It is tried again.',
  },
  'LF-RUNNER-204': {
    what: 'A secret input would be copied into a namespace in which the release has no component.',
    next: 'Name a namespace of the product in the reference.',
  },
  'LF-RUNNER-205': {
    what: 'Where a secret input is to be copied to, there is a Secret that the runner has not made.',
    next: 'Rename or delete that Secret. The runner overwrites nothing that is not its own.',
  },
} as const satisfies Record<string, CodeEntry>;
