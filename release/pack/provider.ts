import { createHash } from 'node:crypto';
import { access, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError, mediaTypes, type ReleaseProvider } from '../../contract/index.ts';
import { copyArtifact, createLayout, type Layout, openLayout, packArtifact, packIndex } from '../../oci/index.ts';
import { writeZip } from '../archive/zip.ts';
import { withScratch } from './scratch.ts';
import { asArtifact } from './stored-artifact.ts';

export type ProviderOptions = {
  /** Fully qualified. */
  source: string;
  version: string;
  /** `linux_amd64` */
  platforms: readonly string[];
  /** A `filesystem_mirror` with unpacked providers. */
  mirrorDir: string;
  repository: string;
  /** Packing the AWS provider takes 25 s: what was packed once is kept here. */
  cacheDir: string;
  say: (line: string) => void;
};

/** Packs a provider as OpenTofu stores them in registries: index -> one manifest per platform -> zip. Others can use it, too. */
export async function packProvider(layout: Layout, options: ProviderOptions): Promise<ReleaseProvider[]> {
  const { source, version, platforms } = options;
  const folders = await Promise.all(platforms.map((platform) => findFolder(options, platform)));
  const kept = join(options.cacheDir, 'packed-providers', await fingerprint(options, folders));
  if (!(await exists(kept))) await packInto(kept, options, folders);
  const { digest } = await copyArtifact({ from: await openLayout(kept), to: layout, digest: version });
  const artifact = asArtifact(options.repository, await layout.getManifest(digest));
  return platforms.map((platform) => ({ source, version, platform, artifact }));
}

async function packInto(target: string, options: ProviderOptions, folders: readonly string[]): Promise<void> {
  const { source, version, platforms } = options;
  options.say(`packing ${source} ${version}: about 25 s, once ...`);
  await withScratch(join(options.cacheDir, 'packed-providers'), async (scratch) => {
    const layout = await createLayout(join(scratch, 'layout'));
    const manifests = [];
    for (const [i, platform] of platforms.entries()) {
      const path = join(scratch, `${platform}.zip`);
      await writeZip(folders[i] ?? '', path);
      const layers = [{ mediaType: 'archive/zip', path }];
      const artifact = await packArtifact({ artifactType: mediaTypes.providerTarget, layers });
      const [os = '', architecture = ''] = platform.split('_');
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

async function findFolder(options: ProviderOptions, platform: string): Promise<string> {
  const dir = join(options.mirrorDir, options.source, options.version, platform);
  const files = await readdir(dir).catch(() => []);
  if (files.some((file) => file.startsWith('terraform-provider-'))) return dir;
  throw new LandfallError(
    'LF-RELEASE-007',
    `${options.source} ${options.version} for ${platform} is not in ${options.mirrorDir}`,
  );
}

/** Names, sizes and times stand for contents here, as in make: hashing 700 MB at every build would cost a second. */
async function fingerprint(options: ProviderOptions, folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(`1 ${process.versions.zlib} ${options.source} ${options.version}`);
  for (const [i, dir] of folders.entries()) {
    for (const file of (await readdir(dir)).sort()) {
      const { size, mtimeMs, mode } = await stat(join(dir, file));
      hash.update(`\n${options.platforms[i] ?? ''} ${file} ${size} ${mtimeMs} ${mode}`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
