import type { CodeEntry } from './code-entry.ts';

export const controlPlaneCodes = {
  'LF-CONTROL-PLANE-000': {
    what: 'An unexpected failure in control-plane/.',
    next: 'Report this with the message and the log around it.',
  },
  'LF-CONTROL-PLANE-001': {
    what: 'There is no such address, or not with this method.',
    next: 'Look the address up in /v1/openapi.json.',
  },
  'LF-CONTROL-PLANE-002': {
    what: "The vendor's API was called without a token it knows.",
    next: 'Send `Authorization: Bearer lf_...` with the token the control plane was started with.',
  },
  'LF-CONTROL-PLANE-003': {
    what: 'The token may not do this.',
    next: 'Use the admin token; the pipeline token only registers and promotes releases.',
  },
  'LF-CONTROL-PLANE-004': {
    what: "A runner's proof of itself (the signed token of its request) is not valid.",
    next: "Check the runner's clock and that it was enrolled here; enrol it again with a new join token.",
  },
  'LF-CONTROL-PLANE-005': {
    what: "A runner's proof was used before.",
    next: 'Sign every request anew. If the runner did not send it twice, treat it as an attack.',
  },
  'LF-CONTROL-PLANE-006': {
    what: "A request's body is not the one its proof was signed for.",
    next: 'Look for a proxy that rewrites bodies; if there is none, treat it as an attack.',
  },
  'LF-CONTROL-PLANE-007': {
    what: "A runner asked for something that is not its own install's.",
    next: 'Check which install the runner was enrolled for.',
  },
  'LF-CONTROL-PLANE-008': {
    what: 'A product, release, channel or install that was named does not exist.',
    next: 'List what exists, or create it first.',
  },
  'LF-CONTROL-PLANE-009': {
    what: 'Something of this name exists already with other content.',
    next: 'Choose another name or version; what is published is never changed.',
  },
  'LF-CONTROL-PLANE-010': {
    what: 'A join token is unknown, expired, revoked or for another install.',
    next: 'Make a new one: POST /v1/installs/<install>/join-tokens.',
  },
  'LF-CONTROL-PLANE-011': {
    what: 'A join token was already used with another key.',
    next: 'If you did not enrol a runner with it, treat it as stolen; make a new join token.',
  },
  'LF-CONTROL-PLANE-012': {
    what: 'The database folder is in use by another process.',
    next: 'Stop the process named, or use another folder or a PostgreSQL by DATABASE_URL.',
  },
  'LF-CONTROL-PLANE-013': {
    what: 'The configuration of the control plane is not usable.',
    next: 'Correct the variable named; all are listed in docs/vendor/control-plane.md.',
  },
  'LF-CONTROL-PLANE-014': {
    what: 'A release does not say what it is registered as.',
    next: 'Register the envelope that was built for this product and version.',
  },
  'LF-CONTROL-PLANE-015': {
    what: "An install's secrets do not fit the release's.",
    next: 'Name a reference for every secret input of the release, and no other.',
  },
  'LF-CONTROL-PLANE-016': {
    what: 'The database cannot be used.',
    next: 'Check that it runs, that its address and password are right, and that the disk is not full.',
  },
  'LF-CONTROL-PLANE-017': {
    what: 'The request is of a media type this address does not read.',
    next: 'Send JSON with `Content-Type: application/json`.',
  },
  'LF-CONTROL-PLANE-018': {
    what: 'The control plane is shutting down.',
    next: 'Send the request again in a few seconds.',
  },
  'LF-CONTROL-PLANE-019': {
    what: "An entity's type is not one of the install's release.",
    next: 'See GET /v1/installs/<install>/entity-types, or promote a release that has the type.',
  },
  'LF-CONTROL-PLANE-020': {
    what: 'An entity of that name is still being removed.',
    next: 'Wait until it is gone, then create it again.',
  },
  'LF-CONTROL-PLANE-021': {
    what: 'An entity is too large or nested too deeply, or an install would have too many.',
    next: 'Make the spec smaller (16 KiB and 37 levels at most), or remove entities; docs/vendor/entities.md says how many there may be.',
  },
} as const satisfies Record<string, CodeEntry>;
