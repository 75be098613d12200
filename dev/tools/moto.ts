import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import type { BuildOptions } from './build-tool.ts';
import { withBuildLock } from './build-lock.ts';
import { motoVersion } from './pins.ts';

const motoDir = (config: DevConfig): string => join(config.cacheDir, 'tools', `moto-${motoVersion}`);

/** The path of `moto_server`, when its virtual environment was installed to the end. */
export async function findMoto(config: DevConfig): Promise<string | undefined> {
  const explicit = config.toolPath('moto-server');
  if (explicit !== undefined) return explicit;
  const dir = motoDir(config);
  return access(join(dir, 'complete')).then(
    () => join(dir, 'venv/bin/moto_server'),
    () => undefined,
  );
}

export async function ensureMoto({ config, clock, say }: BuildOptions): Promise<string> {
  const found = await findMoto(config);
  if (found !== undefined) return found;
  const dir = motoDir(config);
  const lock = { clock, onWait: (pid: number) => say(`waiting for process ${pid}, which installs moto`) };
  return withBuildLock(join(dir, '.lock'), lock, async () => {
    const other = await findMoto(config);
    if (other !== undefined) return other;
    say(`installing moto ${motoVersion} into a virtual environment, about 60 s ...`);
    await mkdir(dir, { recursive: true });
    // A virtual environment cannot be renamed (its scripts name their interpreter): the marker file says that it is whole.
    await rm(join(dir, 'venv'), { recursive: true, force: true });
    await run('python3', ['-m', 'venv', join(dir, 'venv')]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[all,server]==${motoVersion}`];
    await run(join(dir, 'venv/bin/python'), pip);
    await writeFile(join(dir, 'complete'), `${motoVersion}\n`);
    return join(dir, 'venv/bin/moto_server');
  });
}

async function run(file: string, args: string[]): Promise<void> {
  const result = await execa(file, args, { stdin: 'ignore', reject: false, all: true });
  if (!result.failed) return;
  const tail = (result.all ?? result.message ?? '').split('\n').slice(-15).join('\n');
  throw new LandfallError(
    'LF-DEV-002',
    `installing moto ${motoVersion} failed in \`${file} ${args.join(' ')}\`:\n${tail}`,
  );
}
