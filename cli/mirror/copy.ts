import type { Command } from 'commander';
import { createOutput } from '../host/output.ts';
import { type CreateOptions, creation, withCreateOptions } from './create-repositories.ts';
import { withRegistryOptions } from './registry-options.ts';
import { runMirror, totalsLine } from './run-mirror.ts';
import { openStores, type StoreOptions } from './stores.ts';
import { transferLimits, type TransferOptions, withTransferOptions } from './transfer-options.ts';

type Options = StoreOptions &
  TransferOptions &
  CreateOptions & { platform?: string[]; referrers?: boolean; json?: boolean };

export function registerCopy(mirror: Command): void {
  withRegistryOptions(
    withTransferOptions(
      withCreateOptions(
        mirror
          .command('copy <source> <destination>')
          .description(
            'one artifact with everything below it, between registries and layouts (oci:<folder>, oci-archive:<file>); tagged lf-<digest> beside the tag given',
          )
          .option('--platform <os/architecture...>', 'only these of a multi-platform image')
          .option('--referrers', 'signatures, attestations and SBOMs, too'),
      ),
    ),
  ).action(async (source: string, destination: string, options: Options) => {
    const json = options.json === true;
    const stores = openStores(options);
    try {
      const { platform: platforms, referrers = false } = options;
      const wish = { source, destination, platforms, referrers };
      const {
        results,
        failed: _,
        ...totals
      } = await runMirror(stores, [wish], { json, ...transferLimits(options), ...creation(options) });
      const lines = results.map((each) => each.destination);
      const brought = results.flatMap((each) => each.referrers);
      if (brought.length > 0) lines.push(`with ${brought.length} referrers`);
      createOutput(json).result({ ...results[0], ...totals }, [...lines, totalsLine(totals)]);
    } finally {
      await stores.close();
    }
  });
}
