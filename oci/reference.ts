import { type Digest, digestSchema, LandfallError } from '../contract/index.ts';

export type Reference = {
  /** Host and optional port, as in the URL. Docker Hub's short names become `registry-1.docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
};

const maxReference = 1024;
const maxRepository = 255;

/**
 * Parses `[registry[:port]/]repository[:tag][@digest]` after the grammar of distribution/reference, in linear time: split at
 * fixed characters first, then look at each part with a pattern that cannot backtrack. Only sha256 digests are accepted.
 */
export function parseReference(text: string): Reference {
  if (text.length > maxReference) throw refuse(text, `it is longer than ${maxReference} characters`);
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : parseDigest(text, text.slice(at + 1));
  const name = at === -1 ? text : text.slice(0, at);
  const lastSlash = name.lastIndexOf('/');
  const colon = name.indexOf(':', lastSlash + 1);
  const tag = colon === -1 ? undefined : name.slice(colon + 1);
  const path = colon === -1 ? name : name.slice(0, colon);
  if (tag !== undefined && !isTag(tag)) throw refuse(text, `"${tag.slice(0, 140)}" is not a tag`);

  const firstSlash = path.indexOf('/');
  const first = firstSlash === -1 ? '' : path.slice(0, firstSlash);
  const hasHost = first === 'localhost' || first.includes('.') || first.includes(':') || first !== first.toLowerCase();
  const registry = hasHost ? first : 'docker.io';
  const rest = hasHost ? path.slice(firstSlash + 1) : path;
  if (!isRegistry(registry)) throw refuse(text, `"${registry}" is not a host`);
  const hub = registry === 'docker.io' || registry === 'index.docker.io';
  const repository = hub && !rest.includes('/') ? `library/${rest}` : rest;
  if (!isRepository(repository)) throw refuse(text, `"${rest}" is not a repository's name`);
  return { registry: hub ? 'registry-1.docker.io' : registry, repository, tag, digest };
}

/** `host/repository[:tag][@digest]` */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

export function isTag(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text);
}

/** path-component: alpha-numeric ((`.` | `_` | `__` | `-`+) alpha-numeric)*, joined by `/`. */
export function isRepository(text: string): boolean {
  return text.length <= maxRepository && text.split('/').every(isPathComponent);
}

/** domain-name or IPv4 or [IPv6], optional port. */
export function isRegistry(text: string): boolean {
  if (text.length > 255) return false;
  const match = /^(\[[0-9a-fA-F:]{2,45}\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?$/.exec(text);
  const host = match?.[1];
  if (host === undefined || Number(match?.[2] ?? 1) > 65_535 || match?.[2] === '0') return false;
  return (
    host.startsWith('[') ||
    host.split('.').every((label) => /^[A-Za-z0-9]$|^[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/.test(label))
  );
}

function isPathComponent(text: string): boolean {
  let afterLetter = false;
  for (let i = 0; i < text.length;) {
    if (isAlphanumeric(text.charCodeAt(i))) {
      afterLetter = true;
      i++;
      continue;
    }
    if (!afterLetter) return false;
    const length = separatorAt(text, i);
    if (length === 0) return false;
    afterLetter = false;
    i += length;
  }
  return afterLetter;
}

function separatorAt(text: string, at: number): number {
  const c = text[at];
  if (c === '.') return 1;
  if (c === '_') return text[at + 1] === '_' ? 2 : 1;
  let end = at;
  while (text[end] === '-') end++;
  return end - at;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function parseDigest(text: string, digest: string): Digest {
  const parsed = digestSchema.safeParse(digest);
  if (!parsed.success) throw refuse(text, 'what follows "@" is not sha256:<64 lower-case hex digits>');
  return parsed.data;
}

function refuse(text: string, why: string): LandfallError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new LandfallError('LF-OCI-001', `"${shown}" is not a reference: ${why}`);
}
