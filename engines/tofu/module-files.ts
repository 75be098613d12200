import { readdir } from 'node:fs/promises';

const configuration = /\.(?:tf|tofu)(?:\.json)?$/;
/** Both engines merge these over all other files, by name and the last one last; of `x.tf` and `x.tofu` OpenTofu reads the second alone. */
const overrides = /(?:^|_)override\.(?:tf|tofu)(?:\.json)?$/;

/**
 * What at the top of a module's folder would have a say in where its state is kept, or how: a file with the reason, or null. No file may that is for
 * somebody else to run. Folders below are modules of their own, which have no such say.
 */
export async function findStateSettings(dir: string): Promise<{ file: string; why: string } | null> {
  const files = (await readdir(dir)).filter((name) => configuration.test(name)).sort();
  const file = files.find((name) => overrides.test(name));
  return file === undefined ? null : { file, why: 'an override file, which can move its state to another place' };
}
