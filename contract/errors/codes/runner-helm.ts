import type { CodeEntry } from './code-entry.ts';

/** 140-149: components that are Helm charts. */
export const runnerHelmCodes = {
  'LF-RUNNER-140': {
    what: 'A source under `valuesFrom` of a chart cannot be read as values.',
    next: 'Write a YAML map under the key that is named, or set `path` to take the key as one value.',
  },
  'LF-RUNNER-141': {
    what: 'A Secret, ConfigMap or output that `valuesFrom` of a chart names is not there. Nothing was touched.',
    next: "Make it in the component's namespace; the runner goes on by itself as soon as it is there. Set `optional: true` if the chart can do without.",
  },
  'LF-RUNNER-142': {
    what: 'A chart with its values is larger than the Secret in which Helm keeps a release. Nothing was touched.',
    next: 'Make the chart smaller: leave out files that it does not need (.helmignore), split it, or bring large files in a ConfigMap of a manifests component.',
  },
  'LF-RUNNER-143': {
    what: "A CustomResourceDefinition of a chart's crds/ could not be applied.",
    next: 'Look at the reason in the message; the definition in the cluster may be the newer one, or belong to another chart. `crds: skip` leaves it alone.',
  },
  'LF-RUNNER-144': {
    what: "A chart's own test (`helm test`) has failed.",
    next: "Look at the output of the test's pods in the runner's log; publish a release that corrects it.",
  },
  'LF-RUNNER-145': {
    what: "A chart's archive cannot be read.",
    next: 'Build the release again with a current `landfall release build` and publish it.',
  },
  'LF-RUNNER-146': {
    what: 'A label that a component puts on its objects has no valid value once its expressions are filled in.',
    next: 'A label holds at most 63 letters, digits, "-", "_" and ".", and begins and ends with a letter or digit.',
  },
} as const satisfies Record<string, CodeEntry>;
