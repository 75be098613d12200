import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { LandfallError, parseJson, type ReleaseImage } from '../../contract/index.ts';
import { type Layout, parseManifest, type PlatformName } from '../../oci/index.ts';

const configSchema = z.looseObject({ os: z.string(), architecture: z.string() });
const configLimit = { bytes: 4 * 1024 * 1024, depth: 32 };

/** An image without one of the platforms would stop in the cluster with "exec format error"; here it stops the build: LF-RELEASE-013. */
export async function requirePlatforms(
  layout: Layout,
  image: ReleaseImage,
  wanted: readonly PlatformName[],
): Promise<void> {
  if (wanted.length === 0) return;
  const has = await platformsOf(layout, image);
  const lacking = wanted.filter((each) => !has.includes(each));
  if (lacking.length === 0) return;
  const message = `image ${image.reference} is for ${has.join(', ')} and not for ${lacking.join(', ')}`;
  throw new LandfallError('LF-RELEASE-013', message);
}

async function platformsOf(layout: Layout, { artifact, reference }: ReleaseImage): Promise<string[]> {
  const parsed = parseManifest(await layout.getManifest(artifact.digest));
  if (parsed.kind === 'index') {
    const platforms = parsed.index.manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
    // Attestations are listed as unknown/unknown.
    return platforms.map(nameOf).filter((each) => each !== 'unknown/unknown');
  }
  const { config } = parsed.manifest;
  if (config.size > configLimit.bytes) {
    throw new LandfallError('LF-RELEASE-013', `image ${reference} has a config of ${config.size} bytes`);
  }
  const bytes = await buffer(await layout.openBlob(config));
  return [nameOf(parseJson(bytes, configSchema, `the config of ${reference}`, configLimit))];
}

function nameOf(platform: { os: string; architecture: string }): PlatformName {
  return `${platform.os}/${platform.architecture}`;
}
