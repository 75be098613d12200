import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError, type ReleaseImage } from '../../contract/index.ts';
import {
  copyArtifact,
  type ContentSource,
  type Layout,
  openLayout,
  openTarLayout,
  parseReference,
  type Reference,
  registryStore,
} from '../../oci/index.ts';
import { asArtifact } from '../pack/stored-artifact.ts';
import type { Registries } from '../registries.ts';

export type ImageSources = {
  /** Folder of landfall.yaml: paths of layouts are relative to it. */
  productDir: string;
  /** Reference prefix -> layout: a folder, or a tar file. */
  imageSources: Readonly<Record<string, string>>;
  registries: Registries;
};

/** Finds out which digest a reference means now, and takes the image into the layout. Never guesses: LF-RELEASE-005. */
export async function pinImage(
  layout: Layout,
  reference: string,
  options: ImageSources & { repository: (path: string) => string },
): Promise<ReleaseImage> {
  const parsed = parseImageReference(reference);
  const { from, wanted, close } = await sourceOf(reference, parsed, options);
  try {
    const { digest } = await copyArtifact({ from, to: layout, digest: wanted });
    const artifact = asArtifact(options.repository(parsed.repository), await layout.getManifest(digest));
    return { reference, artifact };
  } catch (cause) {
    const temporary = cause instanceof LandfallError && cause.temporary;
    throw new LandfallError('LF-RELEASE-005', `image ${reference} cannot be taken from ${from.name}`, {
      cause,
      temporary,
    });
  } finally {
    await close?.();
  }
}

async function sourceOf(
  reference: string,
  parsed: Reference,
  options: ImageSources,
): Promise<{ from: ContentSource; wanted: string; close?: () => Promise<void> }> {
  const prefix = Object.keys(options.imageSources)
    .filter((each) => reference.startsWith(each))
    .sort((a, b) => b.length - a.length)[0];
  const folder = prefix === undefined ? undefined : options.imageSources[prefix];
  if (folder !== undefined) {
    const path = join(options.productDir, folder);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) return { from: await openLayout(path), wanted: reference };
    const from = await openTarLayout(path);
    return { from, wanted: reference, close: () => from.close() };
  }
  const client = options.registries(parsed.registry);
  if (client === undefined) {
    const why = `no registry ${parsed.registry} is configured and no prefix in imageSources fits`;
    throw new LandfallError('LF-RELEASE-005', `image ${reference} cannot be found: ${why}`);
  }
  return { from: registryStore(client, parsed.repository), wanted: parsed.digest ?? parsed.tag ?? 'latest' };
}

function parseImageReference(reference: string): Reference {
  try {
    return parseReference(reference);
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-005', `"${reference.slice(0, 200)}" is not an image reference`, { cause });
  }
}
