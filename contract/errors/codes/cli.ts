import type { CodeEntry } from './code-entry.ts';

export const cliCodes = {
  'LF-CLI-001': {
    what: 'A command line tool that the command needs was not found.',
    next: 'Install it, or name it: LANDFALL_TOFU, LANDFALL_HELM, LANDFALL_KUBECTL. In a checkout, npm run dev -- tools says where they are.',
  },
  'LF-CLI-002': {
    what: 'A setting or credential is missing from the environment.',
    next: 'Set the named variable; it is never taken from the command line, where others could see it.',
  },
  'LF-CLI-003': {
    what: 'The control plane refused or did not answer.',
    next: 'Check its address in the install file, and LANDFALL_TOKEN.',
  },
  'LF-CLI-004': {
    what: 'A file would be overwritten.',
    next: 'Choose another folder, or remove the file first.',
  },
  'LF-CLI-005': {
    what: 'A file or folder that the command line names cannot be read or written.',
    next: 'Check the path and its rights. Relative paths begin at the folder of the checkout when the command is run by npm.',
  },
  'LF-CLI-006': {
    what: 'The control plane refused a command.',
    next: 'Read its answer, which has a code of its own.',
  },
  'LF-CLI-007': {
    what: 'An entity, or a file of entities, is not written as one.',
    next: 'Write <type>/<name>; in a file, documents with type, name and spec: docs/vendor/entities.md.',
  },
  'LF-CLI-010': {
    what: 'An argument of a mirror command is not what it needs.',
    next: 'See `npm run landfall -- mirror <verb> --help`; the message names the argument.',
  },
  'LF-CLI-011': {
    what: 'A registry does not hold an artifact whole.',
    next: 'Copy the artifact again from its source, then verify it once more.',
  },
  'LF-CLI-012': {
    what: 'Some artifacts of a sync could not be brought; the others are there.',
    next: 'Read which and why in the result, and run the same command again: what is there is not fetched again.',
  },
  'LF-CLI-013': {
    what: 'A mirror command was interrupted. What had arrived whole stays; nothing half written is left.',
    next: 'Run the same command again: what a registry or a folder holds by now is not fetched again; an archive is begun anew.',
  },
  'LF-CLI-020': {
    what: "The runner's status could not be read.",
    next: 'Check kubectl and its context: `kubectl -n <namespace of the runner> get configmap lf-status`. It is there once the runner has made its first pass.',
  },
  'LF-CLI-021': {
    what: 'The runner knows no component of that name.',
    next: 'Name one of those listed; `landfall runner explain` without a name tells all of them.',
  },
} as const satisfies Record<string, CodeEntry>;
