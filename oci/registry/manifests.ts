import { type Digest, isDigest, LandfallError, sha256 } from '../../contract/index.ts';
import { indexTypes, manifestTypes } from '../media-types.ts';
import { maxManifestBytes, type RawManifest } from '../manifest.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { isAbsent } from './failures.ts';
import { manifestPath } from './paths.ts';
import { drain, readBody } from './read-body.ts';
import { withRetry } from './retry.ts';
import { refuseOtherDigest, statedDigest } from './stated-digest.ts';

export type ManifestHead = { readonly digest: Digest | undefined; readonly mediaType: string; readonly size: number };

const accept = [...manifestTypes, ...indexTypes].join(', ');

export async function getManifest(
  context: RegistryContext,
  repository: string,
  reference: string,
  { signal }: CallOptions,
): Promise<RawManifest> {
  const what = `fetching manifest ${reference} of ${repository}`;
  return withRetry(context.retry, signal, async () => {
    const response = await context.send({
      method: 'GET',
      target: manifestPath(repository, reference),
      headers: { accept },
      expect: [200],
      scopes: [{ repository, actions: 'pull' }],
      signal,
      what,
    });
    const bytes = await readBody(response.body, maxManifestBytes, `${context.host}, ${what}`);
    const digest = sha256(bytes);
    const expected = isDigest(reference) ? reference : (statedDigest(response) ?? digest);
    if (digest !== expected) {
      throw new LandfallError('LF-OCI-005', `${context.host}, ${what}: it should be ${expected} and is ${digest}`);
    }
    const from = `${context.host}/${repository}`;
    return { bytes, mediaType: mediaTypeOf(response.headers['content-type']), digest, from };
  });
}

export async function headManifest(
  context: RegistryContext,
  repository: string,
  reference: string,
  { signal }: CallOptions,
): Promise<ManifestHead | undefined> {
  try {
    return await withRetry(context.retry, signal, async () => {
      const response = await context.send({
        method: 'HEAD',
        target: manifestPath(repository, reference),
        headers: { accept },
        expect: [200],
        scopes: [{ repository, actions: 'pull' }],
        signal,
        what: `looking for manifest ${reference} of ${repository}`,
      });
      await drain(response.body);
      return {
        digest: statedDigest(response),
        mediaType: mediaTypeOf(response.headers['content-type']),
        size: Number(response.headers['content-length'] ?? 0),
      };
    });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export async function putManifest(
  context: RegistryContext,
  repository: string,
  manifest: RawManifest,
  { signal, tag }: CallOptions & { readonly tag?: string },
): Promise<void> {
  const reference = tag ?? manifest.digest;
  const what = `storing manifest ${reference} in ${repository}`;
  await withRetry(context.retry, signal, async () => {
    const response = await context.send({
      method: 'PUT',
      target: manifestPath(repository, reference),
      headers: { 'content-type': manifest.mediaType },
      body: () => manifest.bytes,
      expect: [201, 200, 202],
      scopes: [{ repository, actions: 'pull,push' }],
      signal,
      what,
    });
    await drain(response.body);
    refuseOtherDigest(response, manifest.digest, what);
  });
}

/** `absent`: it was not there. `unsupported`: this registry deletes nothing. Its tags go with it. */
export type Deleted = 'deleted' | 'absent' | 'unsupported';

export async function deleteManifest(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { signal }: CallOptions,
): Promise<Deleted> {
  return withRetry(context.retry, signal, async () => {
    const response = await context.send({
      method: 'DELETE',
      target: manifestPath(repository, digest),
      expect: [200, 202, 404, 405],
      scopes: [{ repository, actions: 'pull,delete' }],
      signal,
      what: `deleting manifest ${digest} of ${repository}`,
    });
    await drain(response.body);
    if (response.status === 404) return 'absent';
    return response.status === 405 ? 'unsupported' : 'deleted';
  });
}

function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim() ?? '';
}
