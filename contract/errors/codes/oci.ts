import type { CodeEntry } from './code-entry.ts';

export const ociCodes = {
  'LF-OCI-000': { what: 'An unexpected failure in oci/.', next: 'Report this with the message and the log around it.' },
  'LF-OCI-001': {
    what: 'A text is not a reference to an image or artifact.',
    next: 'Write it as registry.example.com/path/name:tag or registry.example.com/path/name@sha256:<64 hex digits>.',
  },
  'LF-OCI-002': {
    what: 'A registry could not be reached.',
    next: 'Nothing when it is a passing fault: the call is repeated. Else check name, network and certificate of the registry.',
  },
  'LF-OCI-003': {
    what: 'A registry refused the credentials or what they may do.',
    next: 'Check the user and its rights on the repository named in the message.',
  },
  'LF-OCI-004': {
    what: 'A registry does not have what was asked for.',
    next: 'Check the repository and the digest or tag; push it first when it is your own.',
  },
  'LF-OCI-005': {
    what: 'Bytes do not match their digest or size.',
    next: 'Do not use them. Push the artifact again; when it happens again the registry or something before it alters content.',
  },
  'LF-OCI-006': {
    what: 'Something from a registry is larger than is accepted.',
    next: 'Check that the reference names what you mean; the limit is in the message.',
  },
  'LF-OCI-007': {
    what: 'A registry pointed to an address that must not be followed.',
    next: 'Check the registry: a redirect to a private, loopback or link-local address, or from https to http, is refused.',
  },
  'LF-OCI-008': {
    what: 'The answer of a registry was not understood.',
    next: 'Check that the host is an OCI registry (GET /v2/); report this with the message.',
  },
  'LF-OCI-009': {
    what: 'A registry refused a request.',
    next: 'Read the reason of the registry in the message.',
  },
  'LF-OCI-010': {
    what: 'A registry was overloaded or failing for as long as was tried.',
    next: 'Nothing: the next pass tries again.',
  },
  'LF-OCI-011': {
    what: 'An archive holds something that is not accepted.',
    next: 'Pack it again without links, absolute paths and "..", within the limit named in the message.',
  },
  'LF-OCI-012': {
    what: 'A folder is not a usable OCI image layout.',
    next: 'Write the layout again from its source.',
  },
  'LF-OCI-013': {
    what: 'The cloud refused a call about its registry.',
    next: 'Check the rights of the role in the message on ECR.',
  },
  'LF-OCI-014': {
    what: 'A transfer was stopped by its caller.',
    next: 'Nothing: the next pass goes on from what is there.',
  },
  'LF-OCI-015': {
    what: 'The login of a registry could not be had from a Docker configuration or a credential helper.',
    next: 'Run `docker login` for the registry again, or run the helper named in the message by hand: `echo <registry> | docker-credential-<name> get`.',
  },
  'LF-OCI-016': {
    what: 'An air-gap archive is damaged or holds what does not belong into it. Nothing of it was used.',
    next: 'Copy the file again and compare its size and SHA-256 with the sender; else export it again.',
  },
} as const satisfies Record<string, CodeEntry>;
