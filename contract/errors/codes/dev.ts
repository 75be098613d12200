import type { CodeEntry } from './code-entry.ts';

export const devCodes = {
  'LF-DEV-001': {
    what: 'A tool that dev/ needs is neither installed nor built.',
    next: 'Run `npm run dev -- tools` to see what is missing and the command that gets it.',
  },
  'LF-DEV-002': {
    what: 'Building a tool from tools/ failed.',
    next: 'Read the lines above; Go >= 1.26 and the Go module proxy are needed.',
  },
  'LF-DEV-003': {
    what: 'A process of the world ended before it was ready.',
    next: 'Read the log file that the message names.',
  },
  'LF-DEV-004': {
    what: 'Something in the world did not get ready in time.',
    next: 'Read the logs in the folder of the world.',
  },
  'LF-DEV-005': {
    what: 'The network of the world could not be made.',
    next: 'Run `npm run dev -- down`, or delete left-over lfbr* bridges.',
  },
  'LF-DEV-006': {
    what: 'The Terraform provider hashicorp/aws is in no filesystem mirror.',
    next: 'Run the command that the message names.',
  },
  'LF-DEV-007': { what: 'A world is running already, or none is.', next: 'See `npm run dev -- status`.' },
  'LF-DEV-008': { what: 'A command of the host failed.', next: 'Run the named command by hand to see why.' },
  'LF-DEV-009': {
    what: 'A program is for another processor than the image that it would go into.',
    next: 'Remove its folder from the cache (`tools/<name>-<version>-<architecture>`), and build the image again.',
  },
  'LF-DEV-010': {
    what: 'A package that was fetched does not have the digest that is pinned.',
    next: 'Find out what stands between here and the registry of npm; nothing of the package was used.',
  },
  'LF-DEV-101': {
    what: 'A server behind the cloud stand-in did not start.',
    next: 'Read the log file that the message names.',
  },
  'LF-DEV-102': { what: 'The cloud stand-in could not do a call.', next: 'Report this with the message.' },
  'LF-DEV-103': {
    what: 'The stand-in has no node role to pull images with.',
    next: 'Apply the base stack (its node group and node role) first.',
  },
  'LF-DEV-201': {
    what: "The runner's bundle holds something that must not get into a customer's account.",
    next: 'Remove the import that leads there; ARCHITECTURE.md says what the runner may import.',
  },
} as const satisfies Record<string, CodeEntry>;
