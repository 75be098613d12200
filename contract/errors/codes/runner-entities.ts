import type { CodeEntry } from './code-entry.ts';

/** 180-189: entities. */
export const runnerEntitiesCodes = {
  'LF-RUNNER-180': {
    what: 'An entity is of a type that the release in force does not have. What is there of it is left as it is.',
    next: 'Promote a release that has the type, or remove the entity.',
  },
  'LF-RUNNER-181': {
    what: "An entity's spec does not fit its type in the release in force. What is there of it is left as it is.",
    next: 'Change the spec as the message says: `landfall entity apply`.',
  },
  'LF-RUNNER-182': {
    what: "The customer's Secret that an entity copies is not there, or lacks a key.",
    next: 'Create the Secret, or the key in it; the runner goes on by itself.',
  },
  'LF-RUNNER-183': {
    what: "The customer's Secret does not allow that it is copied there. Nothing was copied.",
    next: 'The customer annotates their Secret `landfall.dev/copy-to: <namespace>` if this is wanted; several are separated by commas.',
  },
  'LF-RUNNER-184': {
    what: "An entity reaches into a namespace that is reserved: the runner's own, or one of Kubernetes.",
    next: 'Name another namespace. If nobody meant this one, treat it as an attack.',
  },
  'LF-RUNNER-185': {
    what: "The customer's policy does not allow a change of an entity: a kind or a namespace of its type's components, a verb, or it has no window for it.",
    next: 'The customer allows it in the RunnerPolicy (docs/policy.md, Entities), or the entity is applied again as it was, or removed.',
  },
  'LF-RUNNER-186': {
    what: 'A Secret of that name is there already and was not copied by this entity. Nothing was touched.',
    next: "Give the entity another name, or remove the Secret if it is nobody's.",
  },
} as const satisfies Record<string, CodeEntry>;
