import type { CodeEntry } from './code-entry.ts';

export const ociCodes = {
  'LF-OCI-000': { what: 'An unexpected failure in oci/.', next: 'Report this with the message and the log around it.' },
  'LF-OCI-001': {
    what: 'A text is not a reference to an image or artifact.',
    next: 'Write it as registry.example.com/path/name:tag or registry.example.com/path/name@sha256:<64 hex digits>.',
  },
  'LF-OCI-002': {
    what: 'A registry could not be reached.',
    next: 'Nothing when it is a passing fault: the call is repeated. Else check name, network and certificate of the registry. One on this machine without TLS: --plain-http.',
  },
  'LF-OCI-003': {
    what: 'A registry refused the credentials or what they may do.',
    next: 'Log in to the registry named in the message (`docker login`, or --authfile; for ECR the AWS credentials), and check what that user may do in the repository.',
  },
  'LF-OCI-004': {
    what: 'A registry does not have what was asked for.',
    next: 'Check the repository and the digest or tag; push it first when it is your own. Where storing is answered so, the registry (ECR) wants the repository made first: `mirror` does that with --create.',
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
    next: 'Check the registry: a redirect to a private, loopback or link-local address, or from https to http, is refused. Plain http is for registries on this machine.',
  },
  'LF-OCI-008': {
    what: 'The answer of a registry was not understood.',
    next: 'Check that the host is an OCI registry (GET /v2/); report this with the message.',
  },
  'LF-OCI-009': {
    what: 'A registry refused a request.',
    next: 'Read the reason of the registry in the message. Of a tag: it may be one that cannot be changed, so push under another. 413: it or a proxy before it limits the size of a body.',
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
  'LF-OCI-017': {
    what: 'A file or folder of this machine could not be written. Nothing has its name that is not whole.',
    next: 'Check the path, its rights and the room on the disk, and run the same again.',
  },
  'LF-OCI-040': {
    what: 'The proxy gave no connection to a host.',
    next: "Read the reason in the message: for 407 check the proxy's login, for 403 have the host allowed there (docs/customer/network.md), else check the address of the proxy and its certificate.",
  },
  'LF-OCI-041': {
    what: 'The address of the proxy cannot be used.',
    next: 'Give it as http://host:port, or https://host:port where the proxy itself speaks TLS.',
  },
  'LF-OCI-042': {
    what: 'A registry gave or took bytes too slowly for as long as was tried (less than 4 KiB/s over a minute), or did not end an answer that it began.',
    next: 'Nothing when it is a passing fault: the call is repeated. Else look at the line and at the registry named in the message; on a very slow line let fewer transfers run at a time (`--concurrency`, `mirror.concurrency`).',
  },
  'LF-OCI-035': {
    what: 'A registry kept images that it was asked to delete.',
    next: 'Nothing runs on them and the next release tries again; where it stays, delete them by hand: the message names the repository.',
  },
  'LF-OCI-030': {
    what: 'The index of a chart repository cannot be used.',
    next: 'Check that the address is the folder with index.yaml (`curl <repository>/index.yaml`); write it again with `helm repo index`.',
  },
  'LF-OCI-031': {
    what: 'A chart repository does not have that chart in that version, or not with that digest.',
    next: 'Look at what it has with `helm search repo --versions`; a chart whose digest changed under its version was replaced: find out by whom.',
  },
  'LF-OCI-032': {
    what: 'The cloud gave no token for its registry.',
    next: 'Check the identity named in the message and its right to pull from the registry.',
  },
  'LF-OCI-033': {
    what: 'A tar file is not a usable OCI image layout.',
    next: 'Write it again (`skopeo copy ... oci-archive:<file>`, `docker buildx build -o type=oci,dest=<file>`), uncompressed.',
  },
  'LF-OCI-020': {
    what: 'The answer of a registry breaks the rules of HTTP/1.1, or could be read in two ways. Nothing of it was used.',
    next: 'Find out what stands between here and the registry (a proxy, an inspecting firewall): it alters answers. The message says what is wrong.',
  },
  'LF-OCI-025': {
    what: 'An index holds indexes in indexes, or manifests, beyond what is accepted.',
    next: 'Check that the reference names what you mean: images have two or three levels. Its source built it wrongly, or for harm.',
  },
  'LF-OCI-026': {
    what: 'Signatures or other referrers were asked for, and a place cannot tell what refers to an artifact.',
    next: 'Copy from or to a registry, a layout or an exported archive; or leave the referrers out.',
  },
} as const satisfies Record<string, CodeEntry>;
