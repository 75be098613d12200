import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LandfallError, type ReleaseProvider } from '../../contract/index.ts';
import { downloadBlob, onlyLayer, readManifest } from './read-artifact.ts';
import type { OwnRegistry } from './registries.ts';
import { unzip } from './unzip.ts';

const zipMediaType = 'archive/zip';
const unpackedAtMost = 4 * 1024 ** 3;

/** One provider into Terraform's unpacked layout: host/namespace/type/version/platform. It is there whole or not at all. */
export async function fetchProvider(
  registry: OwnRegistry,
  provider: ReleaseProvider,
  intoDir: string,
  signal: AbortSignal,
): Promise<void> {
  const parts = safeParts(provider);
  const target = join(intoDir, ...parts);
  const { digest } = provider.artifact;
  // Two releases may pin other bytes under the same version: what is there counts only for the digest it came from.
  const origin = join(intoDir, '.digests', parts.join('_'));
  if ((await exists(target)) && (await readFile(origin, 'utf8').catch(() => '')) === digest) return;
  // Always the same name, so that what a killed runner left (up to a gigabyte) goes when it is tried again.
  const partial = join(intoDir, `.partial-${digest.slice('sha256:'.length)}-${provider.platform}`);
  await rm(partial, { recursive: true, force: true });
  try {
    const manifest = await readManifest(registry, provider.artifact, provider.platform.replace('_', '/'), signal);
    const layer = onlyLayer(manifest, zipMediaType, provider.artifact);
    const zip = join(partial, 'provider.zip');
    await downloadBlob(registry, provider.artifact, layer, zip, signal);
    const unpacked = join(partial, 'unpacked');
    await mkdir(unpacked);
    await unzip(zip, unpacked, { maxBytes: unpackedAtMost, signal });
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(unpacked, target);
    await mkdir(dirname(origin), { recursive: true });
    await writeFile(origin, digest);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** The names come from a signed release, but they become a path: each part is a plain name. */
function safeParts(provider: ReleaseProvider): string[] {
  const source = provider.source.split('/');
  const parts = [...source, provider.version, provider.platform];
  const plain = parts.every((part) => /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(part));
  if (source.length === 3 && plain) return parts;
  throw new LandfallError('LF-RUNNER-065', `"${provider.source}" ${provider.version} is not a provider's full name`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
