import type { CodeEntry } from './code-entry.ts';

/** 100-129: components that are manifests or jobs. */
export const runnerComponentsCodes = {
  'LF-RUNNER-100': {
    what: 'The manifests of a component are not what a release holds: something in them is no Kubernetes object, or an object is in them twice.',
    next: 'Build the release with a current `landfall release build`, which checks this, and publish it again.',
  },
  'LF-RUNNER-101': {
    what: 'An object of a component is in a namespace that the component does not name.',
    next: 'Name the namespace under `namespaces` of the component, or take it off the object, and publish again.',
  },
  'LF-RUNNER-102': {
    what: 'An object that a component brings is there already and belongs to somebody else. Nothing was touched.',
    next: "Give the object another name; or, if it is nobody else's any more, set `takeOver: true` on the component. What Helm or another component owns must leave there first.",
  },
  'LF-RUNNER-103': {
    what: 'The cluster does not know the kind of an object.',
    next: 'Bring its CustomResourceDefinition in the component, or in one that it depends on.',
  },
  'LF-RUNNER-104': {
    what: 'Objects that were deleted are still there: a finalizer holds them.',
    next: 'Look at the controller whose finalizer is named; the runner goes on by itself when they are gone.',
  },
  'LF-RUNNER-105': {
    what: 'The API server refused an object of a component.',
    next: 'Correct the object as the message says and publish again. A field that cannot be changed needs an object with another name.',
  },
  'LF-RUNNER-106': {
    what: 'A CustomResourceDefinition was not established in time.',
    next: 'Look at its conditions with `kubectl describe crd`; another definition may have the same names.',
  },
  'LF-RUNNER-107': {
    what: 'A job has failed, or did not end in its time.',
    next: "Look at the job's output in the runner's log; publish a release that corrects it.",
  },
} as const satisfies Record<string, CodeEntry>;
