import type { CodeEntry } from './code-entry.ts';

export const sealCodes = {
  'LF-SEAL-001': {
    what: 'The census could not be made.',
    next: 'Check the credentials: the census needs those of the account itself, with the rights listed in docs/permissions.md (census).',
  },
  'LF-SEAL-002': {
    what: 'A seal is not what it says it is.',
    next: 'Take the seal from the runner or the control plane again, and check it against the public key of the runner that was enrolled.',
  },
  'LF-SEAL-003': {
    what: 'The credentials belong to another account than the seal is asked for.',
    next: 'Use credentials of the account that is named.',
  },
  'LF-SEAL-004': {
    what: 'A census or a seal was asked for with something missing or wrong.',
    next: 'See `npm run landfall -- seal --help`.',
  },
  'LF-SEAL-005': {
    what: 'A seal is dated later than now: the clock of whoever made it and the one here differ.',
    next: "Set right the clock that is wrong, here or on the runner's node; then take the runner's next seal: it makes one within a day, or at once when it starts again.",
  },
} as const satisfies Record<string, CodeEntry>;
