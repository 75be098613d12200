import * as z from 'zod';
import { parseJson } from '../../contract/index.ts';
import { maxManifestBytes } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';

/** In a layout the media type stands in the manifest itself, or in its shape. */
export function manifestMediaType(bytes: Uint8Array): string | undefined {
  const limit = { bytes: maxManifestBytes, depth: 32 };
  const manifest = parseJson(bytes, z.looseObject({ mediaType: z.string().optional() }), 'A manifest', limit);
  if (manifest.mediaType !== undefined) return manifest.mediaType;
  if ('manifests' in manifest) return mediaTypes.imageIndex;
  return 'layers' in manifest ? mediaTypes.imageManifest : undefined;
}
