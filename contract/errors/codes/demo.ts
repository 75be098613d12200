import type { CodeEntry } from './code-entry.ts';

export const demoCodes = {
  'LF-DEMO-001': {
    what: 'Something the demo waits for was not seen from outside in time.',
    next: 'Run it again with --keep and look at the world: the URLs are printed at the end.',
  },
  'LF-DEMO-002': {
    what: 'A check of the demo, made from outside, did not hold.',
    next: 'This is a defect: run `npm run demo -- --keep` and look at the logs in the folder of the world.',
  },
} as const satisfies Record<string, CodeEntry>;
