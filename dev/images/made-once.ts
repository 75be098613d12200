import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryEntries } from '../../oci/index.ts';

/**
 * The folder `<parent>/<name>-<key>`, made by `make` when it is not there: under another name first, so that a half-made one is
 * never found, and two processes at once both end with a whole one.
 */
export async function madeOnce(
  parent: string,
  name: string,
  key: string,
  make: (dir: string) => Promise<void>,
): Promise<string> {
  const target = join(parent, `${name}-${key}`);
  if (await exists(target)) return target;
  await mkdir(parent, { recursive: true });
  const scratch = await mkdtemp(join(parent, '.tmp-'));
  try {
    await make(scratch);
    await rename(scratch, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

/** A short digest of a folder's files (names, modes, contents; not its README) and of anything else that the result depends on. */
export async function keyOfFolder(dir: string, ...also: string[]): Promise<string> {
  const hash = createHash('sha256').update(also.join('\n'));
  for (const entry of await directoryEntries(dir, { include: (path) => path !== 'README.md' })) {
    if (entry.kind !== 'file' || !('source' in entry)) continue;
    hash.update(`\n${entry.path} ${entry.mode} `);
    hash.update(await readFile(entry.source));
  }
  return hash.digest('hex').slice(0, 24);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
