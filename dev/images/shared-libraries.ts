import { access, realpath, stat } from 'node:fs/promises';
import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';
import type { ArchiveEntry } from '../../oci/index.ts';

/** Packages that the libraries come from: their licences (LGPL, GPL with the runtime exception) travel with them. */
export const libraryPackages: readonly string[] = ['libc6', 'libstdc++6', 'libgcc-s1'];
/** glibc loads these by name when it looks up hosts and users; since 2.34 they are part of libc itself. */
export const loadedByName: readonly string[] = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/**
 * The shared libraries of a program, at the paths where the loader looks for them, as found on this machine by `ldd`.
 * They are Debian's in CI and in the development image: whatever glibc is there is the one the program was just tested with.
 */
export async function sharedLibraries(program: string): Promise<ArchiveEntry[]> {
  const { stdout, failed } = await execa('ldd', [program], { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } });
  const found = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const missing = /(\S+) => not found/.exec(stdout)?.[1];
  if (failed || missing !== undefined || found.length === 0) {
    throw new LandfallError('LF-DEV-008', `ldd ${program} found no ${missing ?? 'shared libraries'}`);
  }
  const libc = found.find((path) => path.endsWith('/libc.so.6')) ?? '';
  const extra = loadedByName.map((name) => libc.replace('libc.so.6', name));
  const entries: ArchiveEntry[] = [];
  for (const path of [...found, ...extra]) {
    const entry = await fileEntry(path, path.slice(1), 0o755);
    if (entry !== undefined) entries.push(entry);
  }
  return [...entries, ...(await libraryLicences())];
}

/** The same for every processor. */
export async function libraryLicences(): Promise<ArchiveEntry[]> {
  const paths = libraryPackages.map((name) => `/usr/share/doc/${name}/copyright`);
  const entries = await Promise.all(paths.map((path) => fileEntry(path, path.slice(1), 0o644)));
  return entries.filter((entry) => entry !== undefined);
}

/** Links are followed: the image has the file itself. */
async function fileEntry(source: string, path: string, mode: number): Promise<ArchiveEntry | undefined> {
  const real = await access(source).then(
    () => realpath(source),
    () => undefined,
  );
  if (real === undefined) return undefined;
  return { kind: 'file', path, source: real, size: (await stat(real)).size, mode };
}
