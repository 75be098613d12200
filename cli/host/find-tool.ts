import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { LandfallError } from '../../contract/index.ts';

/** The named path, else the first of `names` in PATH. */
export async function findTool(names: readonly string[], named: string | undefined, path: string): Promise<string> {
  if (named !== undefined) {
    if (isAbsolute(named) && (await isExecutable(named))) return named;
    throw new LandfallError('LF-CLI-001', `${named} is not the absolute path of a program`);
  }
  const folders = path.split(delimiter).filter(isAbsolute);
  for (const name of names) {
    for (const folder of folders) {
      const candidate = join(folder, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  throw new LandfallError('LF-CLI-001', `${names.join(' or ')} is not in PATH`);
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
