import type { Command } from 'commander';
import { LandfallError } from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import { type MirrorReport, runMirror, totalsLine } from './run-mirror.ts';
import { openStores, type StoreOptions } from './stores.ts';
import { readSyncFile } from './sync-file.ts';
import { transferLimits, type TransferOptions, withTransferOptions } from './transfer-options.ts';

type Options = StoreOptions & TransferOptions & { file: string; keepGoing?: boolean; json?: boolean };

export function registerSync(mirror: Command): void {
  withRegistryOptions(
    withTransferOptions(
      mirror
        .command('sync')
        .description(
          'everything that a file lists (copy: [{source, destination, platforms, referrers}]); goes on where it was cut off; what is pinned by digest and there already costs one listing of its repository',
        )
        .requiredOption('-f, --file <file>', 'YAML or JSON')
        .option('--keep-going', 'bring the others although one fails, and say at the end which failed'),
    ),
  ).action(async (options: Options) => {
    const json = options.json === true;
    const wishes = await readSyncFile(options.file);
    const stores = openStores(options);
    try {
      const keepGoing = options.keepGoing === true;
      const report = await runMirror(stores, wishes, { json, keepGoing, ...transferLimits(options) });
      createOutput(json).result(report, linesOf(report));
      refuseFailed(report);
    } finally {
      await stores.close();
    }
  });
}

function linesOf(report: MirrorReport): string[] {
  return [
    ...report.results.map(({ source, destination }) => `${source}  ${destination}`),
    ...report.failed.map(({ source, message }) => `${source}  failed: ${message}`),
    totalsLine(report),
  ];
}

/** The result is out by now; this makes the exit code say it, too. */
function refuseFailed({ results, failed }: MirrorReport): void {
  const [first] = failed;
  if (first === undefined) return;
  const message = `${failed.length} of ${failed.length + results.length} artifacts could not be brought; the first: ${first.message}`;
  throw new LandfallError('LF-CLI-012', message, { temporary: failed.every((each) => each.temporary) });
}
