import * as z from 'zod';
import type { Digest } from '../../contract/index.ts';
import { type Descriptor, descriptorSchema, maxManifestBytes, parseManifest } from '../manifest.ts';
import { getManifest } from './manifests.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { hasStatus, isAbsent } from './failures.ts';
import { repositoryPath } from './paths.ts';
import { readPages } from './read-pages.ts';

/** Where the registry keeps what points at a manifest: behind the API, or in an index under a tag (distribution-spec, "referrers tag schema"). */
export type Referrers = { readonly kept: 'api' | 'tag'; readonly descriptors: readonly Descriptor[] };

const answerSchema = z.object({ manifests: z.array(descriptorSchema).max(10_000) });
const limit = { bytes: maxManifestBytes, depth: 32 };
const maxPages = 50;

/** Signatures, SBOMs and whatever else names this manifest as its subject. None is an empty list. LF-OCI-006 when there are more than 50 pages. */
export async function listReferrers(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  call: CallOptions,
): Promise<Referrers> {
  const descriptors: Descriptor[] = [];
  const pages = readPages(context, answerSchema, {
    target: `${repositoryPath(repository)}/referrers/${digest}`,
    scopes: [{ repository, actions: 'pull' }],
    signal: call.signal,
    what: `listing what refers to ${digest} of ${repository}`,
    limit,
    maxPages,
  });
  try {
    for await (const { manifests } of pages) descriptors.push(...manifests);
    return { kept: 'api', descriptors };
  } catch (error) {
    // It has no such API.
    if (hasStatus(error, 400, 404, 405))
      return { kept: 'tag', descriptors: await readTag(context, repository, digest, call) };
    throw error;
  }
}

/** `sha256-<hex>`: the tag of the fallback index. */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-');
}

async function readTag(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  call: CallOptions,
): Promise<readonly Descriptor[]> {
  try {
    const parsed = parseManifest(await getManifest(context, repository, referrersTag(digest), call));
    return parsed.kind === 'index' ? parsed.index.manifests : [];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
