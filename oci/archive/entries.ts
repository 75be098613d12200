import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';

/** What goes into an archive. Paths are relative, with `/`. Parents need not be listed. */
export type ArchiveEntry = { readonly path: string } & (
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode?: number }
  | { readonly kind: 'file'; readonly source: string; readonly size: number; readonly mode?: number }
  | { readonly kind: 'directory'; readonly mode?: number }
  /** For image layers alone: `extractTar` refuses links. */
  | { readonly kind: 'symlink'; readonly target: string }
);

export type DirectoryEntriesOptions = {
  /** Put before every path. */
  prefix?: string;
  /** Leave out what this says no to (path without prefix); a folder with all that is in it. */
  include?: (path: string) => boolean;
};

/** Everything below a folder. Links and devices are refused: what they mean depends on the machine. */
export async function directoryEntries(dir: string, options: DirectoryEntriesOptions = {}): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  const prefix = options.prefix === undefined || options.prefix === '' ? '' : `${options.prefix.replace(/\/$/, '')}/`;
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(dir, folder))).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (options.include?.(path) === false) continue;
      const found = await lstat(join(dir, path));
      if (found.isDirectory()) {
        entries.push({ kind: 'directory', path: `${prefix}${path}` });
        await walk(path);
      } else if (found.isFile()) {
        const mode = (found.mode & 0o111) === 0 ? 0o644 : 0o755;
        entries.push({ kind: 'file', path: `${prefix}${path}`, source: join(dir, path), size: found.size, mode });
      } else
        throw new LandfallError('LF-OCI-011', `${path} in ${dir} is neither a file nor a folder and cannot be packed`);
    }
  };
  await walk('');
  return entries;
}
