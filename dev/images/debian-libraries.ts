import { createHash } from 'node:crypto';
import { mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveEntry } from '../../oci/index.ts';
import type { Architecture } from '../tools/index.ts';
import { hostCommand } from '../host-command.ts';
import { madeOnce } from './made-once.ts';
import type { ImageContext } from './options.ts';
import { libraryLicences, libraryPackages, loadedByName } from './shared-libraries.ts';

const triplets: Readonly<Record<Architecture, { folder: string; loader: string }>> = {
  amd64: { folder: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { folder: 'aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
};

/** What Node is linked with. */
const fromLib = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libgcc_s.so.1'];
/** As long as the line takes. */
const fetching = { timeoutMs: 0 };

/**
 * Node's shared libraries for another processor: out of Debian's own packages, the very versions that this machine has installed for its own, so that
 * both images of one index have the same glibc. apt keeps its lists for it in a folder of ours; nothing of the machine changes.
 */
export async function debianLibraries(architecture: Architecture, context: ImageContext): Promise<ArchiveEntry[]> {
  const format = '--showformat=${Package}=${Version}\n';
  const pinned = (await hostCommand('dpkg-query', ['--show', format, ...libraryPackages])).split('\n').toSorted();
  const key = createHash('sha256').update(pinned.join('\n')).digest('hex').slice(0, 16);
  const dir = await madeOnce(context.imagesDir, `debian-${architecture}`, key, async (scratch) => {
    context.say(`fetching ${pinned.join(', ')} for ${architecture}`);
    await fetchPackages(architecture, pinned, scratch);
  });
  const { folder, loader } = triplets[architecture];
  const paths = [
    loader,
    ...[...fromLib, ...loadedByName].map((name) => `lib/${folder}/${name}`),
    `usr/lib/${folder}/libstdc++.so.6`,
  ];
  return [...(await Promise.all(paths.map((path) => entry(dir, path)))), ...(await libraryLicences())];
}

async function fetchPackages(architecture: Architecture, pinned: readonly string[], dir: string): Promise<void> {
  const apt = join(dir, 'apt');
  const debs = join(dir, 'debs');
  for (const each of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(apt, each), { recursive: true });
  await mkdir(debs);
  await writeFile(join(apt, 'status'), '');
  const options = [
    ...[`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`, 'APT::Sandbox::User='],
    ...[`Dir::State=${apt}/state`, `Dir::State::status=${apt}/status`, `Dir::Cache=${apt}/cache`],
  ].flatMap((option) => ['-o', option]);
  await hostCommand('apt-get', ['-qq', ...options, 'update'], fetching);
  await hostCommand('apt-get', ['-qq', ...options, 'download', ...pinned], { ...fetching, cwd: debs });
  for (const deb of await readdir(debs)) await hostCommand('dpkg-deb', ['--extract', join(debs, deb), dir]);
  await rm(apt, { recursive: true });
  await rm(debs, { recursive: true });
}

/** Links are followed: the image has the file itself. */
async function entry(dir: string, path: string): Promise<ArchiveEntry> {
  const source = await realpath(join(dir, path));
  return { kind: 'file', path, source, size: (await stat(source)).size, mode: 0o755 };
}
