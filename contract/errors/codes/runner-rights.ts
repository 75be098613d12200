import type { CodeEntry } from './code-entry.ts';

/** 150-159: the service accounts of components. */
export const runnerRightsCodes = {
  'LF-RUNNER-150': {
    what: "A component's service account may not do something that its release does.",
    next: 'The release does not state that it needs it: build it again with a current `landfall release build`, or state it under `rights` of the component. If it was taken away, give it back (docs/customer/rights.md).',
  },
  'LF-RUNNER-151': {
    what: "A component's service account cannot be given the usual rights in its namespace.",
    next: 'The runner tries again. If it lasts, look whether the ClusterRole landfall-component and the rights of the runner are as its chart has them.',
  },
} as const satisfies Record<string, CodeEntry>;
