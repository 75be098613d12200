import type { Command } from 'commander';
import { type Digest, LandfallError } from '../../contract/index.ts';
import { type ContentSource, type Descriptor, parseManifest } from '../../oci/index.ts';
import { createOutput, type Output } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';

export function registerVerify(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('verify <reference>')
      .description('read an artifact and everything below it, and compare every byte with its digest'),
  ).action(async (text: string, options: StoreOptions & { json?: boolean }) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const { store, wanted } = await stores.open(text);
      const seen = { manifests: 0, blobs: 0, bytes: 0 };
      const digest = await verifyManifest(store, wanted, seen, new Set(), output);
      const lines = [
        `whole  ${store.name}@${digest}: ${seen.manifests} manifests, ${seen.blobs} blobs, ${seen.bytes} bytes`,
      ];
      output.result({ reference: `${store.name}@${digest}`, ...seen }, lines);
    } finally {
      await stores.close();
    }
  });
}

type Seen = { manifests: number; blobs: number; bytes: number };

async function verifyManifest(
  store: ContentSource,
  reference: string,
  seen: Seen,
  done: Set<Digest>,
  output: Output,
): Promise<Digest> {
  const raw = await store.getManifest(reference);
  if (done.has(raw.digest)) return raw.digest;
  done.add(raw.digest);
  seen.manifests++;
  const parsed = parseManifest(raw);
  if (parsed.kind === 'index') {
    for (const child of parsed.index.manifests) await verifyManifest(store, child.digest, seen, done, output);
    return raw.digest;
  }
  for (const blob of [parsed.manifest.config, ...parsed.manifest.layers]) {
    if (!done.has(blob.digest)) await verifyBlob(store, blob, seen, output);
    done.add(blob.digest);
  }
  return raw.digest;
}

async function verifyBlob(store: ContentSource, blob: Descriptor, seen: Seen, output: Output): Promise<void> {
  try {
    for await (const chunk of await store.openBlob(blob)) seen.bytes += chunk.byteLength;
  } catch (cause) {
    throw new LandfallError('LF-CLI-011', `${store.name} does not hold blob ${blob.digest} whole`, { cause });
  }
  seen.blobs++;
  output.progress('verified', `${blob.digest} (${blob.size} bytes)`);
}
