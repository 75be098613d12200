import type { Command } from 'commander';
import { digestSchema, LandfallError } from '../../contract/index.ts';
import { type ArchiveRoot, writeArchive } from '../../oci/index.ts';
import { createOutput } from '../host/output.ts';
import { withRegistryOptions } from './registry-options.ts';
import type { ReleaseOptions } from './release-contents.ts';
import { showProgress } from './show-progress.ts';
import { openStores, type StoreOptions, type Stores } from './stores.ts';
import { platformName } from './transfer-options.ts';
import { untilInterrupted } from './until-interrupted.ts';

type Options = StoreOptions &
  ReleaseOptions & { out: string; platform?: string[]; referrers?: boolean; json?: boolean };

export function registerExport(mirror: Command): void {
  withRegistryOptions(
    mirror
      .command('export [references...]')
      .description(
        'artifacts, or all of a published release, into one file, to be carried to a place without a network',
      )
      .option(
        '--release <reference>',
        'everything that this release names, and itself: <registry>/<product>/releases:<version>',
      )
      .option('--key <file>', 'PEM of the public key that must have signed the release')
      .option('--platform <os/architecture...>', 'only these of multi-platform images')
      .option('--referrers', 'signatures, attestations and SBOMs, too')
      .requiredOption('--out <file>', 'the archive; it appears under this name when it is whole'),
  ).action(async (references: string[], options: Options) => {
    const output = createOutput(options.json === true);
    const view = showProgress(options.json === true);
    const stores = openStores(options);
    try {
      const platforms = options.platform?.map(platformName);
      const roots: ArchiveRoot[] = [];
      if (options.release !== undefined) roots.push(...(await rootsOfRelease(stores, options.release, options)));
      if (options.release === undefined && references.length === 0) {
        throw new LandfallError('LF-CLI-010', 'nothing is named: give references, or --release <reference>');
      }
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
      refuseTwoOfOneName(roots);
      const written = await untilInterrupted((signal) =>
        writeArchive({
          path: options.out,
          roots,
          signal,
          onProgress: view.onProgress,
        }),
      );
      view.end();
      output.result({ file: options.out, roots: roots.map(({ name, digest }) => ({ name, digest })), ...written }, [
        `${options.out}: ${roots.length} artifacts, ${written.blobs} blobs, ${written.bytes} bytes`,
      ]);
    } finally {
      view.end();
      await stores.close();
    }
  });
}

async function rootsOfRelease(stores: Stores, release: string, options: Options): Promise<ArchiveRoot[]> {
  // Few commands need what reads releases.
  const { readContents } = await import('./release-contents.ts');
  const { self, artifacts } = await readContents(stores, release, options.key);
  const platforms = options.platform?.map(platformName);
  const whole = [self, ...artifacts.map(({ reference, repository }) => ({ reference, name: repository }))];
  const images = new Set(artifacts.filter(({ image }) => image).map(({ reference }) => reference));
  return Promise.all(
    whole.map(async ({ reference, name }): Promise<ArchiveRoot> => {
      const { store, wanted } = await stores.open(reference);
      const root = { from: store, digest: digestSchema.parse(wanted), name };
      if (!images.has(reference)) return root;
      return { ...root, referrers: options.referrers === true, ...(platforms === undefined ? {} : { platforms }) };
    }),
  );
}

/** Of two things under one tag an import would leave the last. */
function refuseTwoOfOneName(roots: readonly ArchiveRoot[]): void {
  const digests = new Map<string, string>();
  for (const { name, digest } of roots.filter((each) => each.name.includes(':'))) {
    const other = digests.get(name) ?? digest;
    if (other !== digest) throw new LandfallError('LF-CLI-010', `${name} is named twice, as ${other} and as ${digest}`);
    digests.set(name, digest);
  }
}
