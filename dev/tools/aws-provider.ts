import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import { awsProviderVersion } from './pins.ts';

export type AwsProvider = {
  /** A `filesystem_mirror` that holds `registry.opentofu.org/hashicorp/aws`. */
  mirrorDir: string;
  /** The folder with the unpacked provider. */
  dir: string;
  version: string;
  platform: string;
};

const source = 'registry.opentofu.org/hashicorp/aws';

/**
 * Finds hashicorp/aws in a filesystem mirror of this machine, under whichever registry's name it lies, and lays it out
 * in the cache (by a symbolic link) under the one source that Landfall names everywhere.
 */
export async function findAwsProvider(config: DevConfig): Promise<AwsProvider | undefined> {
  const platform = `linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  for (const folder of config.terraformPluginDirs) {
    for (const registry of ['registry.opentofu.org', 'registry.terraform.io']) {
      const dir = join(folder, registry, 'hashicorp/aws', awsProviderVersion, platform);
      const files = await readdir(dir).catch(() => []);
      if (!files.some((file) => file.startsWith('terraform-provider-aws'))) continue;
      const mirrorDir = join(config.cacheDir, 'providers');
      await linkTo(dir, join(mirrorDir, source, awsProviderVersion), platform);
      return { mirrorDir, dir, version: awsProviderVersion, platform };
    }
  }
  return undefined;
}

export async function requireAwsProvider(config: DevConfig): Promise<AwsProvider> {
  const found = await findAwsProvider(config);
  if (found !== undefined) return found;
  throw new LandfallError(
    'LF-DEV-006',
    `hashicorp/aws ${awsProviderVersion} is in none of ${config.terraformPluginDirs.join(', ')}`,
    { hint: awsProviderCommand },
  );
}

/** What fills a mirror on a machine with internet access. */
export const awsProviderCommand =
  `Where the internet is reachable: mkdir -p /tmp/aws && cd /tmp/aws && echo 'terraform { required_providers { aws = { source = "hashicorp/aws", version = "${awsProviderVersion}" } } }' > main.tf` +
  ' && terraform providers mirror ~/.terraform.d/plugins; then unzip it in place, or set LANDFALL_TF_PLUGINS to a folder that has it.';

async function linkTo(dir: string, parent: string, name: string): Promise<void> {
  const link = join(parent, name);
  if ((await readlink(link).catch(() => undefined)) === dir) return;
  await mkdir(parent, { recursive: true });
  await rm(link, { force: true });
  // Another process may have made the same link in between: that is as good.
  await symlink(dir, link).catch(async (error: unknown) => {
    if ((await readlink(link).catch(() => undefined)) !== dir) throw error;
  });
}
