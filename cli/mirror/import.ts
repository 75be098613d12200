import type { Command } from 'commander';
import { copyArtifact, openArchive, parseReference } from '../../oci/index.ts';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';

export function registerImport(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('import <file>')
      .description('an exported archive into a registry; the whole file is checked before anything of it is used')
      .requiredOption('--into <registry[/prefix]>', 'where its repositories go'),
  ).action(async (file: string, options: StoreOptions & { into: string; json?: boolean }) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      output.progress('checking', file);
      const archive = await openArchive(file);
      try {
        const imported: string[] = [];
        for (const { descriptor, name } of archive.roots) {
          const { store, reference } = await stores.open(`${options.into}/${name}`);
          const { tag } = parseReference(`${options.into}/${name}`);
          await copyArtifact({
            from: archive,
            to: store,
            digest: descriptor.digest,
            tag: tag ?? true,
            onProgress: ({ kind, digest, outcome }) => output.progress(outcome, `${kind} ${digest}`),
          });
          imported.push(`${reference.registry}/${reference.repository}@${descriptor.digest}`);
        }
        output.result({ file, imported }, imported);
      } finally {
        archive.close();
      }
    } finally {
      await stores.close();
    }
  });
}
