import { createHash } from 'node:crypto';

export type StoredManifest = { bytes: Uint8Array; mediaType: string; subject: string | undefined };

/** What a registry holds. Blobs belong to repositories; their bytes are kept once. */
export class RegistryContent {
  readonly blobs = new Map<string, Uint8Array>();
  readonly repositories = new Map<
    string,
    { blobs: Set<string>; manifests: Map<string, StoredManifest>; tags: Map<string, string> }
  >();

  repository(name: string): { blobs: Set<string>; manifests: Map<string, StoredManifest>; tags: Map<string, string> } {
    let found = this.repositories.get(name);
    if (found === undefined) {
      found = { blobs: new Set(), manifests: new Map(), tags: new Map() };
      this.repositories.set(name, found);
    }
    return found;
  }

  addBlob(repository: string, bytes: Uint8Array): string {
    const digest = sha256Of(bytes);
    this.blobs.set(digest, bytes);
    this.repository(repository).blobs.add(digest);
    return digest;
  }

  blob(repository: string, digest: string): Uint8Array | undefined {
    return this.repositories.get(repository)?.blobs.has(digest) === true ? this.blobs.get(digest) : undefined;
  }

  manifest(repository: string, reference: string): (StoredManifest & { digest: string }) | undefined {
    const held = this.repositories.get(repository);
    const digest = reference.includes(':') ? reference : held?.tags.get(reference);
    const found = digest === undefined ? undefined : held?.manifests.get(digest);
    return found === undefined || digest === undefined ? undefined : { ...found, digest };
  }
}

export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
