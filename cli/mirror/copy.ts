import type { Command } from 'commander';
import { createOutput } from '../host/output.ts';
import { copyOne } from './copy-one.ts';
import { withRegistryOptions } from './registry-options.ts';
import { openStores, type StoreOptions } from './stores.ts';

type Options = StoreOptions & { platform?: string[]; referrers?: boolean; json?: boolean };

export function registerCopy(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('copy <source> <destination>')
      .description('one artifact with everything below it; the destination without a tag keeps the digest alone')
      .option('--platform <os/architecture...>', 'only these of a multi-platform image')
      .option('--referrers', 'signatures, attestations and SBOMs, too'),
  ).action(async (source: string, destination: string, options: Options) => {
    const output = createOutput(options.json === true);
    const stores = openStores(options);
    try {
      const { platform, referrers } = options;
      const result = await copyOne(
        stores,
        {
          source,
          destination,
          referrers: referrers === true,
          ...(platform === undefined ? {} : { platforms: platform }),
        },
        output,
      );
      output.result(result, [
        result.destination,
        `copied ${result.copied} (${result.bytesCopied} bytes), there already ${result.present}${result.referrers.length === 0 ? '' : `, referrers ${result.referrers.length}`}`,
      ]);
    } finally {
      await stores.close();
    }
  });
}
