import { type Artifact, artifactsOf, type Digest, LandfallError, type Release } from '../contract/index.ts';
import {
  copyArtifact,
  type Layout,
  openLayout,
  type RegistryClient,
  registryStore,
  type RegistryStore,
} from '../oci/index.ts';
import { type ControlPlaneAccess, post } from './publish/control-plane.ts';
import { readRelease } from './publish/read-release.ts';
import { releaseTag } from './build.ts';

export type PublishReleaseOptions = {
  layoutDir: string;
  product: string;
  version: string;
  /** The vendor's registry, from which customers' runners fill their mirrors. */
  registry: RegistryClient;
  /** Without it the release is only pushed. */
  controlPlane?: ControlPlaneAccess;
  /** The channel that the release is put on; without it it is registered only. */
  channel?: string;
  signal?: AbortSignal;
  say: (line: string) => void;
};

export type PublishedRelease = { repository: string; digest: Digest; bytesCopied: number };

/**
 * Pushes everything a release names, then the release, then registers and promotes it. Each step may be done twice, and nothing leads
 * to what is not whole: killed anywhere, it is simply run again.
 */
export async function publishRelease(options: PublishReleaseOptions): Promise<PublishedRelease> {
  const { registry, say, signal } = options;
  const from = await openLayout(options.layoutDir);
  const { release, envelope, manifest } = await readRelease(from, releaseTag(options.product, options.version));
  const call = signal === undefined ? {} : { signal };
  const repository = `${release.product}/releases`;
  const releases = registryStore(registry, repository);
  const published = await releases.resolve(release.version, call);
  if (published !== undefined && published !== manifest.digest) {
    const what = `${release.product} ${release.version}`;
    const message = `${what} was published as ${published} already, and this one is ${manifest.digest}`;
    throw new LandfallError('LF-RELEASE-012', message);
  }
  let bytesCopied = 0;
  for (const artifact of artifactsOf(release)) {
    const to = registryStore(registry, artifact.repository);
    const copied = await copyArtifact({ from, to, digest: artifact.digest, tag: true, ...call });
    const version = providerVersion(release, artifact);
    if (version !== undefined) await tagProvider(from, to, artifact, version, options);
    if (copied.bytesCopied > 0) say(`pushed ${artifact.repository}, ${megabytes(copied.bytesCopied)}`);
    bytesCopied += copied.bytesCopied;
  }
  await copyArtifact({ from, to: releases, digest: manifest.digest, tag: release.version, ...call });
  say(`${release.product} ${release.version} is ${registry.host}/${repository}@${manifest.digest}`);
  if (options.controlPlane !== undefined) {
    const product = `/v1/products/${encodeURIComponent(release.product)}`;
    const place = { registry: registry.host, repository, digest: manifest.digest };
    await post(options.controlPlane, `${product}/releases`, { version: release.version, ...place, envelope });
    if (options.channel !== undefined) {
      const channel = `${product}/channels/${encodeURIComponent(options.channel)}`;
      await post(options.controlPlane, `${channel}/promote`, { version: release.version });
      say(`${release.product} ${release.version} is on channel ${options.channel}`);
    }
  }
  return { repository, digest: manifest.digest, bytesCopied };
}

function providerVersion(release: Release, artifact: Artifact): string | undefined {
  const providers = release.components.flatMap((component) =>
    component.kind === 'terraform' ? component.providers : [],
  );
  return providers.find((provider) => provider.artifact.digest === artifact.digest)?.version;
}

/**
 * A provider's tag is its version: OpenTofu's oci_mirror looks it up so. Runners pull by digest, so where an earlier release gave the tag to
 * fewer platforms and the registry's tags never change, the tag stays what it is.
 */
async function tagProvider(
  from: Layout,
  to: RegistryStore,
  artifact: Artifact,
  version: string,
  { say, signal }: PublishReleaseOptions,
): Promise<void> {
  try {
    await copyArtifact({
      from,
      to,
      digest: artifact.digest,
      tag: version,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!(error instanceof LandfallError) || error.code !== 'LF-OCI-009') throw error;
    say(`${artifact.repository}:${version} stays as an earlier release tagged it: the registry's tags never change`);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
