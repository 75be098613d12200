import * as z from 'zod';
import { type Digest, LandfallError } from '../../contract/index.ts';
import { type Descriptor, descriptorSchema, maxManifestBytes, parseManifest } from '../manifest.ts';
import { parseAnswer } from '../parse-answer.ts';
import { getManifest } from './manifests.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { hasStatus, isAbsent } from './failures.ts';
import { nextPage } from './next-page.ts';
import { repositoryPath } from './paths.ts';
import { readBody } from './read-body.ts';
import { withRetry } from './retry.ts';

/** Where the registry keeps what points at a manifest: behind the API, or in an index under a tag (distribution-spec, "referrers tag schema"). */
export type Referrers = { readonly kept: 'api' | 'tag'; readonly descriptors: readonly Descriptor[] };

const answerSchema = z.object({ manifests: z.array(descriptorSchema).max(10_000) });
const limit = { bytes: maxManifestBytes, depth: 32 };
const maxPages = 50;

/** Signatures, SBOMs and whatever else names this manifest as its subject. None is an empty list. LF-OCI-006 when there are more than 50 pages: a part of them would look like all. */
export async function listReferrers(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  call: CallOptions,
): Promise<Referrers> {
  const descriptors: Descriptor[] = [];
  let target: string | undefined = `${repositoryPath(repository)}/referrers/${digest}`;
  for (let page = 0; target !== undefined; page++) {
    if (page === maxPages)
      throw new LandfallError(
        'LF-OCI-006',
        `${context.host}, ${whatOf(repository, digest)}: more than ${maxPages} pages`,
      );
    const answer = await askApi(context, { repository, digest, target }, call);
    if (answer === undefined) return { kept: 'tag', descriptors: await readTag(context, repository, digest, call) };
    descriptors.push(...answer.descriptors);
    target = answer.next;
  }
  return { kept: 'api', descriptors };
}

function whatOf(repository: string, digest: Digest): string {
  return `listing what refers to ${digest} of ${repository}`;
}

/** `sha256-<hex>`: the tag of the fallback index. */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-');
}

/** Undefined: the registry has no such API. */
async function askApi(
  context: RegistryContext,
  { repository, digest, target }: { repository: string; digest: Digest; target: string },
  { signal }: CallOptions,
): Promise<{ descriptors: Descriptor[]; next: string | undefined } | undefined> {
  const what = whatOf(repository, digest);
  try {
    return await withRetry(context.retry, signal, async () => {
      const response = await context.send({
        method: 'GET',
        target,
        expect: [200],
        scopes: [{ repository, actions: 'pull' }],
        signal,
        what,
      });
      const body = await readBody(response.body, limit.bytes, `${context.host}, ${what}`);
      const { manifests } = parseAnswer(body, answerSchema, `${context.host}, ${what}: the answer`, limit);
      return { descriptors: manifests, next: nextPage(response.headers['link']) };
    });
  } catch (error) {
    if (hasStatus(error, 400, 404, 405)) return undefined;
    throw error;
  }
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
