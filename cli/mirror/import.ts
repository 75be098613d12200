import type { Command } from 'commander';
import { type MirrorItem, mirrorSet, openArchive } from '../../oci/index.ts';
import { createOutput } from '../host/output.ts';
import { type CreateOptions, creation, withCreateOptions } from './create-repositories.ts';
import { withRegistryOptions } from './registry-options.ts';
import { showProgress, size } from './show-progress.ts';
import { openStores, type StoreOptions } from './stores.ts';
import { transferLimits, type TransferOptions, withTransferOptions } from './transfer-options.ts';
import { untilInterrupted } from './until-interrupted.ts';

type Options = StoreOptions & TransferOptions & CreateOptions & { into: string; json?: boolean };

export function registerImport(mirror: Command): void {
  withRegistryOptions(
    withTransferOptions(
      withCreateOptions(
        mirror
          .command('import <file>')
          .description(
            'an exported archive into a registry, with the signatures in it; the whole file is checked before anything of it is used',
          )
          .requiredOption('--into <registry[/prefix]>', 'where its repositories go'),
      ),
    ),
  ).action(async (file: string, options: Options) => {
    const json = options.json === true;
    const stores = openStores(options);
    const view = showProgress(json);
    try {
      const output = createOutput(json);
      output.progress('checking', file);
      let tenths = 0;
      const onChecked = ({ done, total }: { done: number; total: number }): void => {
        if (json || Math.floor((10 * done) / total) <= tenths) return;
        tenths = Math.floor((10 * done) / total);
        output.progress('checked', `${tenths * 10} % of ${size(total)}`);
      };
      const archive = await untilInterrupted((signal) => openArchive(file, { signal, onChecked }));
      try {
        const items: MirrorItem[] = [];
        for (const { descriptor, name, platforms } of archive.roots) {
          const { store, tag = true } = await stores.target(`${options.into}/${name}`);
          const { digest } = descriptor;
          const chosen = platforms === undefined ? {} : { platforms };
          items.push({ from: archive, digest, to: store, tag, referrers: true, ...chosen });
        }
        const { items: mirrored } = await untilInterrupted((signal) =>
          mirrorSet({
            ...transferLimits(options),
            ...creation(options),
            items,
            signal,
            onProgress: view.onProgress,
            onItem: ({ source, target }) => view.item(source, target),
          }),
        );
        const imported = mirrored.map(({ target }) => target);
        view.end();
        output.result({ file, imported }, imported);
      } finally {
        archive.close();
      }
    } finally {
      view.end();
      await stores.close();
    }
  });
}
