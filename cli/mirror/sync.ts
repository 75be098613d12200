import type { Command } from 'commander';
import { LandfallError } from '../../contract/index.ts';
import { createOutput } from '../host/output.ts';
import { type CreateOptions, creation, withCreateOptions } from './create-repositories.ts';
import { withRegistryOptions } from './registry-options.ts';
import type { ReleaseOptions } from './release-contents.ts';
import { type CopyWish, type MirrorReport, runMirror, totalsLine } from './run-mirror.ts';
import { openStores, type StoreOptions, type Stores } from './stores.ts';
import { readSyncFile } from './sync-file.ts';
import { transferLimits, type TransferOptions, withTransferOptions } from './transfer-options.ts';

type Options = StoreOptions &
  TransferOptions &
  CreateOptions &
  ReleaseOptions & {
    file?: string;
    into?: string;
    platform?: string[];
    referrers?: boolean;
    keepGoing?: boolean;
    json?: boolean;
  };

export function registerSync(mirror: Command): void {
  withRegistryOptions(
    withTransferOptions(
      withCreateOptions(
        mirror
          .command('sync')
          .description(
            'everything that a file lists (copy: [{source, destination, platforms, referrers}]), or that a published release names; goes on where it was cut off; what is pinned by digest and there already costs one listing of its repository',
          )
          .option('-f, --file <file>', 'YAML or JSON')
          .option(
            '--release <reference>',
            'instead of a file: everything that this release names (<registry>/<product>/releases:<version>)',
          )
          .option(
            '--into <registry[/prefix]>',
            'with --release: where its repositories go; the prefix of an install is lf-<id>',
          )
          .option('--key <file>', 'with --release: PEM of the public key that must have signed it')
          .option('--platform <os/architecture...>', 'with --release: only these of its images')
          .option('--referrers', 'with --release: signatures, attestations and SBOMs of its images, too')
          .option('--keep-going', 'bring the others although one fails, and say at the end which failed'),
      ),
    ),
  ).action(async (options: Options) => {
    const json = options.json === true;
    const stores = openStores(options);
    try {
      const wishes = await wishesOf(stores, options);
      const keepGoing = options.keepGoing === true;
      const report = await runMirror(stores, wishes, {
        json,
        keepGoing,
        ...transferLimits(options),
        ...creation(options, prefixOf(options)),
      });
      createOutput(json).result(report, linesOf(report));
      refuseFailed(report);
    } finally {
      await stores.close();
    }
  });
}

/** A release is brought for an install, whose runner tidies what bears its prefix. */
function prefixOf({ release, into = '' }: Options): string | undefined {
  const prefix = into.slice(into.indexOf('/') + 1);
  return release === undefined || prefix === into || prefix === '' ? undefined : prefix;
}

async function wishesOf(stores: Stores, options: Options): Promise<readonly CopyWish[]> {
  const { file, release, into, platform: platforms, referrers = false } = options;
  if (release === undefined) {
    if (file !== undefined) return readSyncFile(file);
    throw new LandfallError(
      'LF-CLI-010',
      'nothing is named: give --file <file>, or --release <reference> --into <place>',
    );
  }
  if (file !== undefined || into === undefined) {
    throw new LandfallError('LF-CLI-010', '--release goes with --into <registry[/prefix]>, and without --file');
  }
  // Few commands need what reads releases.
  const { readContents } = await import('./release-contents.ts');
  const { artifacts } = await readContents(stores, release, options.key);
  return artifacts.map(({ reference, repository, image }) => {
    const wish = { source: reference, destination: `${into}/${repository}` };
    return image ? { ...wish, platforms, referrers } : { ...wish, referrers: false };
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
