import { createHash } from 'node:crypto';
import { access, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError, mediaTypes, type ReleaseProvider } from '../../contract/index.ts';
import {
  copyArtifact,
  createLayout,
  type Layout,
  openLayout,
  packArtifact,
  packIndex,
  type PlatformName,
} from '../../oci/index.ts';
import { writeZip } from '../archive/zip.ts';
import { withScratch } from './scratch.ts';
import { asArtifact } from './stored-artifact.ts';

export type ProviderOptions = {
  /** Fully qualified. */
  source: string;
  version: string;
  platforms: readonly PlatformName[];
  /** A `filesystem_mirror`: providers unpacked, or as the zips that `tofu providers mirror` writes. */
  mirrorDir: string;
  repository: string;
  /** Packing the AWS provider takes 25 s: what was packed once is kept here. */
  cacheDir: string;
  say: (line: string) => void;
};

/** Packs a provider as OpenTofu stores them in registries: index -> one manifest per platform -> zip. Others can use it, too. */
export async function packProvider(layout: Layout, options: ProviderOptions): Promise<ReleaseProvider[]> {
  const { source, version, platforms } = options;
  const builds = await Promise.all(platforms.map((platform) => findBuild(options, platform)));
  const kept = join(options.cacheDir, 'packed-providers', await fingerprint(options, builds));
  if (!(await exists(kept))) await packInto(kept, options, builds);
  const { digest } = await copyArtifact({ from: await openLayout(kept), to: layout, digest: version });
  const artifact = asArtifact(options.repository, await layout.getManifest(digest));
  return platforms.map((platform) => ({ source, version, platform: underscored(platform), artifact }));
}

/** A provider for one platform: an unpacked folder, or the zip as its publisher made it. */
type Build = { readonly platform: PlatformName; readonly path: string; readonly zip: boolean };

async function packInto(target: string, options: ProviderOptions, builds: readonly Build[]): Promise<void> {
  const { source, version } = options;
  if (builds.some(({ zip }) => !zip)) options.say(`packing ${source} ${version}: about 25 s, once ...`);
  await withScratch(join(options.cacheDir, 'packed-providers'), async (scratch) => {
    const layout = await createLayout(join(scratch, 'layout'));
    const manifests = [];
    for (const { platform, path, zip } of builds) {
      const file = zip ? path : join(scratch, `${underscored(platform)}.zip`);
      if (!zip) await writeZip(path, file);
      const layers = [{ mediaType: 'archive/zip', path: file }];
      const artifact = await packArtifact({ artifactType: mediaTypes.providerTarget, layers });
      const [os = '', architecture = ''] = platform.split('/');
      manifests.push({ artifact, platform: { os, architecture } });
    }
    const index = packIndex({ artifactType: mediaTypes.provider, manifests });
    await copyArtifact({ from: index, to: layout, digest: index.manifest.digest, tag: version });
    // Another process may have been as quick: then its result, which is the same, stays.
    await rename(layout.dir, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
      await rm(layout.dir, { recursive: true, force: true });
    });
  });
}

async function findBuild(options: ProviderOptions, platform: PlatformName): Promise<Build> {
  const { mirrorDir, source, version } = options;
  const type = source.slice(source.lastIndexOf('/') + 1);
  const zip = join(mirrorDir, source, `terraform-provider-${type}_${version}_${underscored(platform)}.zip`);
  if (await exists(zip)) return { platform, path: zip, zip: true };
  const dir = join(mirrorDir, source, version, underscored(platform));
  const files = await readdir(dir).catch(() => []);
  if (files.some((file) => file.startsWith('terraform-provider-'))) return { platform, path: dir, zip: false };
  throw new LandfallError('LF-RELEASE-007', `${source} ${version} for ${platform} is not in ${mirrorDir}`, {
    hint: `Fill the folder: tofu providers mirror -platform=${underscored(platform)} <folder>`,
  });
}

/** Names, sizes and times stand for contents here, as in make: hashing 700 MB at every build would cost a second. */
async function fingerprint(options: ProviderOptions, builds: readonly Build[]): Promise<string> {
  const hash = createHash('sha256').update(`1 ${process.versions.zlib} ${options.source} ${options.version}`);
  for (const { platform, path, zip } of builds) {
    for (const file of zip ? [''] : (await readdir(path)).sort()) {
      const { size, mtimeMs, mode } = await stat(join(path, file));
      hash.update(`\n${underscored(platform)} ${file} ${size} ${mtimeMs} ${mode}`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** As Terraform writes it: `linux_amd64` */
function underscored(platform: PlatformName): string {
  return platform.replace('/', '_');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
