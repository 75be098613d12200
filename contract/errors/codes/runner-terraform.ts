import type { CodeEntry } from './code-entry.ts';

/** 160-169: components that are Terraform. */
export const runnerTerraformCodes = {
  'LF-RUNNER-160': {
    what: 'A Terraform plan is beyond what the component allows, or does something that this runner does not know.',
    next: 'Correct the module, or allowedTypes of the component, and publish again. Nothing was applied.',
  },
  'LF-RUNNER-161': {
    what: 'A Terraform plan is not whole.',
    next: "Look at the runner's log for the engine's output; publish a release that corrects it.",
  },
  'LF-RUNNER-162': {
    what: 'A state that could not be written at the end of an apply cannot be written back: the state in the account has moved on meanwhile.',
    next: "Compare both: the rescued file is named in the message, and the account's state has its versions. Write the right one back with `tofu state push`, then delete the file.",
  },
  'LF-RUNNER-163': {
    what: 'The Secret for the outputs of a Terraform component belongs to somebody else, or its namespace is not a product’s.',
    next: 'Give outputsSecret another name or namespace and publish again.',
  },
  'LF-RUNNER-164': {
    what: 'A Terraform component needs more disk than its work folder may have.',
    next: 'Raise workDir.sizeLimit and terraform.cacheBytes of the runner; it tries again by itself.',
  },
  'LF-RUNNER-165': {
    what: 'The value of a secret input cannot become a Terraform variable: it is no text, or too long.',
    next: 'Put a text of at most 100 KB, without zero bytes, under the key named; the runner goes on by itself.',
  },
  'LF-RUNNER-166': {
    what: 'The state of a Terraform component could not be written at the end of an apply.',
    next: 'Nothing: the runner has kept it, and writes it back before anything else. If it goes on, look at the access to the place of the states.',
  },
  'LF-RUNNER-167': {
    what: 'A Terraform module would take its state away from where the runner keeps it, encrypt it by itself, or bring one along. Nothing was planned.',
    next: 'Remove what is named from the module and publish again. What an earlier release made stays as it is; where its state was with the module, import what it made into the next one.',
  },
  'LF-RUNNER-168': {
    what: 'A Terraform module takes other modules from outside of the release: what would run is not what was signed. Nothing was planned.',
    next: "Copy them into the module's folder, call them by a path such as ./modules/vpc, and publish again.",
  },
} as const satisfies Record<string, CodeEntry>;
