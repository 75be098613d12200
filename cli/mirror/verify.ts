import type { Command } from 'commander';
import { type Digest, LandfallError } from '../../contract/index.ts';
import {
  type ContentSource,
  type Descriptor,
  isForeign,
  parseManifest,
  type PlatformName,
  wantsPlatform,
} from '../../oci/index.ts';
import { createOutput, type Output } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';
import { platformName } from './transfer-options.ts';

type Options = StoreOptions & { platform?: string[]; json?: boolean };

export function registerVerify(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('verify <reference>')
      .description('read an artifact and everything below it, and compare every byte with its digest')
      .option('--platform <os/architecture...>', 'only these of a multi-platform image: those that were copied'),
  ).action(async (text: string, options: Options) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const platforms = options.platform?.map(platformName);
      const { store, wanted } = await stores.open(text);
      const seen = { manifests: 0, blobs: 0, bytes: 0 };
      const digest = await verifyManifest({ store, platforms, seen, done: new Set(), output }, wanted);
      const lines = [
        `whole  ${store.name}@${digest}: ${seen.manifests} manifests, ${seen.blobs} blobs, ${seen.bytes} bytes`,
      ];
      output.result({ reference: `${store.name}@${digest}`, ...seen }, lines);
    } finally {
      await stores.close();
    }
  });
}

type Verification = {
  store: ContentSource;
  platforms: readonly PlatformName[] | undefined;
  seen: { manifests: number; blobs: number; bytes: number };
  done: Set<Digest>;
  output: Output;
};

async function verifyManifest(run: Verification, reference: string): Promise<Digest> {
  const { store, platforms, seen, done } = run;
  const raw = await store.getManifest(reference);
  if (done.has(raw.digest)) return raw.digest;
  done.add(raw.digest);
  seen.manifests++;
  const parsed = parseManifest(raw);
  if (parsed.kind === 'index') {
    const wanted = parsed.index.manifests.filter(({ platform }) => wantsPlatform(platform, platforms));
    for (const child of wanted) await verifyManifest(run, child.digest);
    return raw.digest;
  }
  for (const blob of [parsed.manifest.config, ...parsed.manifest.layers]) {
    // What lies elsewhere by license is in no registry.
    if (!isForeign(blob.mediaType) && !done.has(blob.digest)) await verifyBlob(run, blob);
    done.add(blob.digest);
  }
  return raw.digest;
}

async function verifyBlob({ store, seen, output }: Verification, blob: Descriptor): Promise<void> {
  try {
    for await (const chunk of await store.openBlob(blob)) seen.bytes += chunk.byteLength;
  } catch (cause) {
    throw new LandfallError('LF-CLI-011', `${store.name} does not hold blob ${blob.digest} whole`, { cause });
  }
  seen.blobs++;
  output.progress('verified', `${blob.digest} (${blob.size} bytes)`);
}
