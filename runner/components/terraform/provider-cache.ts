import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LandfallError, type ReleaseProvider } from '../../../contract/index.ts';
import { requireRoom } from '../../guards/disk-space.ts';
import type { Mirror } from '../../ports.ts';
import { sizeOf } from './folder-size.ts';

/** Providers, unpacked as the engine's `filesystem_mirror`, shared by all components: the engine links to them and copies nothing. */
export type ProviderCache = {
  dir: string;
  /** They are there, and stay until `release`. LF-RUNNER-164 when they alone are more than there may be. */
  take(providers: readonly ReleaseProvider[], user: string, signal: AbortSignal): Promise<void>;
  release(user: string): void;
};

/** An archive with what comes out of it. */
const unpackedPerPacked = 6;

export function createProviderCache(options: {
  mirror: Pick<Mirror, 'fetchProviders'>;
  dir: string;
  /** In bytes. */
  atMost: number;
}): ProviderCache {
  const { mirror, dir, atMost } = options;
  const used = new Map<string, ReadonlySet<string>>();
  let queue: Promise<unknown> = Promise.resolve();
  const take: ProviderCache['take'] = async (providers, user, signal) => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const folders = providers.map((provider) => folderOf(dir, provider));
    used.set(user, new Set(folders));
    try {
      const absent = providers.filter((provider) => !existsSync(folderOf(dir, provider)));
      const packed = absent.reduce((sum, { artifact }) => sum + artifact.size, 0);
      if (packed > 0) await requireRoom(dir, packed * unpackedPerPacked, `the providers of ${user}`);
      await mirror.fetchProviders([...providers], dir, signal);
      for (const folder of folders) await touch(folder);
      await shrink(dir, atMost, new Set([...used.values()].flatMap((each) => [...each])));
    } catch (error) {
      used.delete(user);
      throw error;
    }
  };
  return {
    dir,
    // One after the other: two components that need the same provider would unpack it into the same place.
    take: (providers, user, signal) => {
      const done = queue.then(() => take(providers, user, signal));
      queue = done.catch(() => undefined);
      return done;
    },
    release: (user) => void used.delete(user),
  };
}

function folderOf(dir: string, { source, version, platform }: ReleaseProvider): string {
  return join(dir, ...source.split('/'), version, platform);
}

/** When it was needed last: the time of the folder itself. */
async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
}

/** Removes what was not needed for longest, until the rest fits. */
async function shrink(dir: string, atMost: number, needed: ReadonlySet<string>): Promise<void> {
  const folders = await Promise.all(
    (await providersIn(dir)).map(async (folder) => {
      return { folder, bytes: await sizeOf(folder), at: (await stat(folder)).mtimeMs };
    }),
  );
  let bytes = folders.reduce((sum, each) => sum + each.bytes, 0);
  const idle = folders.filter(({ folder }) => !needed.has(folder)).sort((a, b) => a.at - b.at);
  for (const { folder, bytes: size } of idle) {
    if (bytes <= atMost) return;
    // First what says that it is there whole: a removal that is cut off leaves nothing that counts.
    await rm(join(dir, '.digests', relative(dir, folder).replaceAll('/', '_')), { force: true });
    await rm(folder, { recursive: true, force: true });
    await rmdir(dirname(folder)).catch(() => undefined); // Of a version that has another platform, too, it stays.
    bytes -= size;
  }
  if (bytes <= atMost) return;
  throw new LandfallError('LF-RUNNER-164', `the providers need ${bytes} bytes on disk; they may take ${atMost}`, {
    temporary: true,
  });
}

/** host/namespace/type/version/platform */
async function providersIn(dir: string, depth = 5): Promise<string[]> {
  const names = (await readdir(dir, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  const paths = names.map(({ name }) => join(dir, name));
  if (depth === 1) return paths;
  return (await Promise.all(paths.map((path) => providersIn(path, depth - 1)))).flat();
}
