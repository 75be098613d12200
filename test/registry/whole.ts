import * as z from 'zod';
import { type RegistryContent, sha256Of } from './content.ts';

/** What a registry holds, judged from outside: read in its memory, not through any client. */

const linkSchema = z.object({ digest: z.string(), urls: z.array(z.string()).optional() });
const linksSchema = z.object({
  config: linkSchema.optional(),
  layers: z.array(linkSchema).default([]),
  manifests: z.array(linkSchema).default([]),
});

/** `repository/tag or digest -> digest` for every tag and manifest that names something that is not there, or not those bytes. */
export function incomplete(content: RegistryContent): string[] {
  return [...content.repositories].flatMap(([repository, held]) => [
    ...[...held.tags]
      .filter(([, digest]) => !held.manifests.has(digest))
      .map(([tag, digest]) => `${repository}:${tag} -> ${digest}`),
    ...[...held.manifests].flatMap(([digest, { bytes }]) =>
      [...linksOf(bytes), ...(sha256Of(bytes) === digest ? [] : [digest])]
        .filter((link) => link === digest || !isThere(content, repository, link))
        .map((link) => `${repository}@${digest} -> ${link}`),
    ),
  ]);
}

/** Everything below `digest` in the one that is not byte for byte in the other. Empty: the copy is whole. */
export function missing(
  from: { content: RegistryContent; repository: string },
  to: { content: RegistryContent; repository: string },
  digest: string,
): string[] {
  const manifest = from.content.manifest(from.repository, digest);
  if (manifest === undefined) return isThere(to.content, to.repository, digest) ? [] : [digest];
  const copied = to.content.manifest(to.repository, digest);
  const same = copied !== undefined && Buffer.compare(copied.bytes, manifest.bytes) === 0;
  const typed = copied?.mediaType === manifest.mediaType;
  return [...(same && typed ? [] : [digest]), ...linksOf(manifest.bytes).flatMap((link) => missing(from, to, link))];
}

/** Bytes of everything below a digest, each counted once: the least that a copy has to fetch. */
export function weight(content: RegistryContent, repository: string, ...digests: readonly string[]): number {
  const seen = new Map<string, number>();
  const walk = (digest: string): void => {
    if (seen.has(digest)) return;
    const manifest = content.manifest(repository, digest)?.bytes;
    seen.set(digest, (manifest ?? content.blob(repository, digest))?.byteLength ?? 0);
    if (manifest !== undefined) linksOf(manifest).forEach(walk);
  };
  digests.forEach(walk);
  return [...seen.values()].reduce((sum, size) => sum + size, 0);
}

function isThere(content: RegistryContent, repository: string, digest: string): boolean {
  if (content.manifest(repository, digest) !== undefined) return true;
  const blob = content.blob(repository, digest);
  return blob !== undefined && sha256Of(blob) === digest;
}

/** Layers with URLs lie elsewhere by license. */
function linksOf(bytes: Uint8Array): string[] {
  const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const { config, layers, manifests } = linksSchema.parse(parsed);
  const own = layers.filter((layer) => layer.urls === undefined);
  return [...(config === undefined ? [] : [config]), ...own, ...manifests].map((each) => each.digest);
}
