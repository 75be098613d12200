import type { CodeEntry } from './code-entry.ts';

export const enginesCodes = {
  'LF-ENGINES-000': {
    what: 'An unexpected failure in engines/.',
    next: 'Report this with the message and the log around it.',
  },
  'LF-ENGINES-001': {
    what: 'A command-line engine could not be started.',
    next: 'Check that the binary named in the message exists and may be executed: npm run dev -- tools',
  },
  'LF-ENGINES-002': {
    what: 'A command-line engine did not end within its deadline and was ended.',
    next: 'Read the last lines in the message; raise the timeout if the work truly needs longer.',
  },
  'LF-ENGINES-003': {
    what: 'A command-line engine was ended because its caller gave up or was stopped.',
    next: 'Nothing: the next pass looks at the world and goes on from there.',
  },
  'LF-ENGINES-004': {
    what: 'A command-line engine was ended by a signal that nobody here sent.',
    next: 'Look for the out-of-memory killer in the node log; raise the memory limit if it was the cause.',
  },
  'LF-ENGINES-005': {
    what: 'A command-line engine wrote more than is accepted.',
    next: 'Report this with the command named in the message.',
  },
  'LF-ENGINES-006': {
    what: 'The answer of a command-line engine was not understood.',
    next: 'Check the version of the binary against tools/; report this with the message.',
  },
  'LF-ENGINES-010': {
    what: 'A Helm command failed.',
    next: 'Read the reason in the message; helm history <release> shows what was applied.',
  },
  'LF-ENGINES-011': {
    what: 'The post-renderer refused what Helm rendered.',
    next: 'Change the chart or the release as the reason in the message says; nothing was applied.',
  },
  'LF-ENGINES-012': {
    what: 'A Helm release record in the cluster could not be read.',
    next: 'Look at the secret named in the message; a record that was damaged by hand has to be removed by hand.',
  },
  'LF-ENGINES-013': {
    what: 'A Helm release does not exist.',
    next: 'Install it first, or check its name and namespace.',
  },
  'LF-ENGINES-014': {
    what: "The values of a chart do not keep to the chart's own schema (values.schema.json).",
    next: 'Correct the values, or the input they come from, as the message says; nothing was applied.',
  },
  'LF-ENGINES-020': {
    what: 'OpenTofu or Terraform failed.',
    next: 'Read the diagnostics in the message; the job log holds their details.',
  },
  'LF-ENGINES-021': {
    what: 'The state of a Terraform component is locked by someone else.',
    next: 'Wait for the other run to end; unlock by hand only when its holder is proven dead.',
  },
} as const satisfies Record<string, CodeEntry>;
