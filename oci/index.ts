export { parseReference, type Reference } from './reference.ts';
export { isForeign, mediaTypes } from './media-types.ts';
export {
  type Descriptor,
  describeManifest,
  type ImageManifest,
  parseManifest,
  type Platform,
  type RawManifest,
  rawManifest,
} from './manifest.ts';
export type { Content } from './verify-stream.ts';
export type { CallOptions } from './registry/context.ts';
export { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry/client.ts';
export type { CredentialSource, RegistryCredentials } from './registry/authorizer.ts';
export type { BlobBody } from './registry/upload-body.ts';
export { parseRetryAfter } from './registry/retry.ts';
export type { ManifestHead } from './registry/manifests.ts';
export { type ContentSource, type ContentTarget, type RegistryStore, registryStore } from './copy/content-store.ts';
export { copyArtifact, type CopyArtifactOptions, type CopyResult } from './copy/copy-artifact.ts';
export { mirrorSet } from './mirror/mirror-set.ts';
export type { CopiedObject, MirroredItem, MirrorItem, MirrorOptions, MirrorResult } from './mirror/mirror-options.ts';
export type { MirrorProgress } from './mirror/progress.ts';
export { immutableTag, isImmutableTag } from './copy/immutable-tag.ts';
export { type PlatformName, wantsPlatform } from './copy/platform.ts';
export { createLayout, type Layout, openLayout } from './layout/layout.ts';
export { type ArtifactContents, type ArtifactLayer, packArtifact, type PackedArtifact, packIndex } from './artifact.ts';
export { type ArchiveEntry, directoryEntries } from './archive/entries.ts';
export { tarDirectory, type TarOptions, writeTar, type WrittenTar } from './archive/write-tar.ts';
export { extractTar, type ExtractLimits, type ExtractOptions, isSize } from './archive/extract-tar.ts';
export { ecrCredentials } from './ecr/credentials.ts';
export { bearsTag, ensureEcrRepository } from './ecr/repositories.ts';
export { deleteEcrImages, listEcrImages } from './ecr/images.ts';
export { dockerConfigCredentials, type DockerConfigOptions } from './docker/config-credentials.ts';
export { type ArchiveRoot, writeArchive, type WriteArchiveOptions } from './air-gap/write-archive.ts';
export { type AirGapArchive, openArchive } from './air-gap/open-archive.ts';
export { writeAuthorityBundle } from './network/authority-bundle.ts';
export { type Connect, type ConnectTarget, createConnect } from './network/connect.ts';
export { httpsAgentOf } from './network/https-agent.ts';
export { createNetwork, type Network, type NetworkOptions, undiciConnector } from './network/network.ts';
export { parseNoProxy } from './network/no-proxy.ts';
export { type ProxyCredentials, type ProxySettings, proxyUrl, readProxy } from './network/proxy.ts';
export {
  type ChartRepository,
  type ChartRepositoryOptions,
  createChartRepository,
} from './chart-repository/chart-repository.ts';
export { acrCredentials, type AcrCredentialsOptions, type AzureIdentity } from './acr/credentials.ts';
export { garCredentials, type GarCredentialsOptions, type GoogleIdentity, parseGoogleKey } from './gar/credentials.ts';
export { createTarLayout, type TarLayoutWriter } from './layout/create-tar-layout.ts';
export { openTarLayout, type TarLayout } from './layout/open-tar-layout.ts';
