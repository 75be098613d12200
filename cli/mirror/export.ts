import type { Command } from 'commander';
import { type ArchiveRoot, writeArchive } from '../../oci/index.ts';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';
import { platformName } from './transfer-options.ts';
import { untilInterrupted } from './until-interrupted.ts';

type Options = StoreOptions & { out: string; platform?: string[]; referrers?: boolean; json?: boolean };

export function registerExport(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('export <references...>')
      .description('artifacts into one file, to be carried to a place without a network')
      .option('--platform <os/architecture...>', 'only these of multi-platform images')
      .option('--referrers', 'signatures, attestations and SBOMs, too')
      .requiredOption('--out <file>', 'the archive; it appears under this name when it is whole'),
  ).action(async (references: string[], options: Options) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const platforms = options.platform?.map(platformName);
      const roots: ArchiveRoot[] = [];
      for (const text of references) {
        const { store, wanted, reference } = await stores.open(text);
        const { digest } = await store.getManifest(wanted);
        const name = reference.tag === undefined ? reference.repository : `${reference.repository}:${reference.tag}`;
        roots.push({
          from: store,
          digest,
          name,
          referrers: options.referrers === true,
          ...(platforms === undefined ? {} : { platforms }),
        });
      }
      const written = await untilInterrupted((signal) =>
        writeArchive({
          path: options.out,
          roots,
          signal,
          onProgress: ({ kind, digest, size }) => output.progress('exported', `${kind} ${digest} (${size} bytes)`),
        }),
      );
      output.result({ file: options.out, roots: roots.map(({ name, digest }) => ({ name, digest })), ...written }, [
        `${options.out}: ${roots.length} artifacts, ${written.blobs} blobs, ${written.bytes} bytes`,
      ]);
    } finally {
      await stores.close();
    }
  });
}
