import type { CodeEntry } from './code-entry.ts';

export const releaseCodes = {
  'LF-RELEASE-001': {
    what: 'landfall.yaml is not a valid product file.',
    next: 'Correct it at the line and column named; docs/reference/landfall-yaml.schema.json lists every field.',
  },
  'LF-RELEASE-002': {
    what: 'The components of a product cannot be put in an order.',
    next: 'Give each component its own name, and let dependsOn name components of this file without a circle.',
  },
  'LF-RELEASE-003': {
    what: 'An expression of a component names something the component cannot have.',
    next: 'Declare the input, secret or output, and name the component in dependsOn.',
  },
  'LF-RELEASE-004': {
    what: 'A chart or module cannot be packed.',
    next: 'Check the folder named: it must lie beside landfall.yaml and hold plain files only.',
  },
  'LF-RELEASE-005': {
    what: 'An image that a chart uses cannot be found, so it cannot be pinned.',
    next: 'Push the image, or correct the reference in the chart, or add its prefix to imageSources.',
  },
  'LF-RELEASE-006': {
    what: 'A chart cannot be rendered with the example inputs.',
    next: 'Try it with `helm template`; exampleInputs in landfall.yaml must be enough to render every chart.',
  },
  'LF-RELEASE-007': {
    what: 'A Terraform provider that a module needs is not in the folder of providers.',
    next: 'Fill the folder with `terraform providers mirror` (or `tofu providers mirror`), unpacked.',
  },
  'LF-RELEASE-008': {
    what: 'The control plane refused a release.',
    next: 'Read its answer; a version that was published once can never mean something else.',
  },
  'LF-RELEASE-009': {
    what: 'The control plane cannot be reached.',
    next: 'Run the same command again: what was pushed already is not pushed twice.',
  },
  'LF-RELEASE-010': { what: 'A release has no usable version.', next: 'Give a semantic version such as 1.4.0.' },
  'LF-RELEASE-011': {
    what: 'A folder or a registry holds no such release.',
    next: 'Build it first (npm run landfall -- release build); in a registry, name it as it was published: <registry>/<product>/releases:<version>.',
  },
  'LF-RELEASE-012': {
    what: 'A version was published before with other content.',
    next: 'Give the changed release a version of its own: a published one never changes.',
  },
  'LF-RELEASE-013': {
    what: 'An image or a provider of a release is not there for a platform that landfall.yaml names.',
    next: 'Build and push it for that platform too, or take the platform out of `platforms`.',
  },
  'LF-RELEASE-014': {
    what: 'A release has nothing for the platform that the runner runs on. Nothing was changed.',
    next: 'Build the release with that platform in `platforms` of landfall.yaml and publish it again, or move the runner to nodes of a platform it has.',
  },
  'LF-RELEASE-015': {
    what: 'A component needs rights in the cluster that nobody has stated, or that no component may have.',
    next: 'State them under `rights` of the component in landfall.yaml (docs/vendor/components.md), or take the object out of it.',
  },
  'LF-RELEASE-016': {
    what: 'A Terraform component gives a secret to a variable that its module does not declare.',
    next: 'Correct the name under secretVariables in landfall.yaml, or declare the variable in the module.',
  },
  'LF-RELEASE-017': {
    what: 'A Terraform module would have a say in where or how its state is kept.',
    next: 'Write what an override file says into the files that it overrides, and remove it; remove the encryption of the state. Both are set by the runner.',
  },
  'LF-RELEASE-018': {
    what: 'A Terraform module takes other modules from outside of its folder, from where they are neither packed nor signed.',
    next: "Copy them into the module's folder (tofu init leaves them in .terraform/modules) and call them by a path such as ./modules/vpc.",
  },
} as const satisfies Record<string, CodeEntry>;
