import { type Digest, isDigest, LandfallError } from '../../contract/index.ts';
import { isRepository, isTag } from '../reference.ts';
import type { TransportRequest } from './exchange.ts';

/** Checked here once more: a name with `..` or `?` in it must not reach another route. */
export function repositoryPath(repository: string): string {
  if (!isRepository(repository)) throw new LandfallError('LF-OCI-001', `"${repository}" is not a repository's name`);
  return `/v2/${repository}`;
}

export function manifestPath(repository: string, reference: string): string {
  if (!isTag(reference) && !isDigest(reference)) {
    throw new LandfallError('LF-OCI-001', `"${reference}" is neither a tag nor a digest`);
  }
  return `${repositoryPath(repository)}/manifests/${reference}`;
}

export function mountQuery(digest: Digest, from: string): string {
  repositoryPath(from);
  return `mount=${digest}&from=${encodeURIComponent(from)}`;
}

/** With `from` both, or the registry quietly opens an upload instead (token specification, cross-repository mount). */
export function uploadScopes(repository: string, from: string | undefined): TransportRequest['scopes'] {
  const own = { repository, actions: 'pull,push' as const };
  return from === undefined || from === repository ? [own] : [own, { repository: from, actions: 'pull' }];
}
