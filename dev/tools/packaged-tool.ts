import { access, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import type { BuildOptions } from './build-tool.ts';
import { withBuildLock } from './build-lock.ts';
import { type NpmTool, type PackagedTool, type PythonTool, packagedTools } from './pins.ts';

const toolsDir = fileURLToPath(new URL('../../tools', import.meta.url));

const toolDir = (tool: PackagedTool, config: DevConfig): string =>
  join(config.cacheDir, 'tools', `${tool.name}-${tool.version}`);

const programIn = (tool: PackagedTool, dir: string): string =>
  tool.registry === 'pypi' ? join(dir, 'venv/bin', tool.program) : join(dir, 'node_modules', tool.program);

/** The program's path, when its folder was installed to the end. What comes from npm is a script for `node`. */
export async function findPackagedTool(tool: PackagedTool, config: DevConfig): Promise<string | undefined> {
  const explicit = config.toolPath(tool.registry === 'pypi' ? tool.program.replaceAll('_', '-') : tool.name);
  if (explicit !== undefined) return explicit;
  const dir = toolDir(tool, config);
  return access(join(dir, 'complete')).then(
    () => programIn(tool, dir),
    () => undefined,
  );
}

/** moto, the linters and azurite, one after the other. */
export async function ensurePackagedTools(options: BuildOptions): Promise<void> {
  for (const tool of packagedTools) await ensurePackagedTool(tool, options);
}

export async function ensurePackagedTool(tool: PackagedTool, { config, clock, say }: BuildOptions): Promise<string> {
  const found = await findPackagedTool(tool, config);
  if (found !== undefined) return found;
  const { name, version } = tool;
  const dir = toolDir(tool, config);
  const lock = { clock, onWait: (pid: number) => say(`waiting for process ${pid}, which installs ${name}`) };
  return withBuildLock(join(dir, '.lock'), lock, async () => {
    const other = await findPackagedTool(tool, config);
    if (other !== undefined) return other;
    say(`installing ${name} ${version} into a folder of its own, about ${tool.seconds} s ...`);
    await mkdir(dir, { recursive: true });
    await (tool.registry === 'pypi' ? installFromPyPI(tool, dir) : installFromNpm(tool, dir));
    await writeFile(join(dir, 'complete'), `${version}\n`);
    return programIn(tool, dir);
  });
}

/** A virtual environment cannot be renamed (its scripts name their interpreter): the marker file says that it is whole. */
async function installFromPyPI(tool: PythonTool, dir: string): Promise<void> {
  await rm(join(dir, 'venv'), { recursive: true, force: true });
  await run(tool, 'python3', ['-m', 'venv', join(dir, 'venv')]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${tool.package}==${tool.version}`];
  await run(tool, join(dir, 'venv/bin/python'), pip);
}

/** Exactly what the lockfile names, by its hashes; no script of a package runs. */
async function installFromNpm(tool: NpmTool, dir: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(toolsDir, tool.module, file), join(dir, file));
  }
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run(tool, 'npm', ['ci', '--prefix', dir, ...flags]);
}

async function run({ name, version }: PackagedTool, file: string, args: string[]): Promise<void> {
  const result = await execa(file, args, { stdin: 'ignore', reject: false, all: true });
  if (!result.failed) return;
  const tail = (result.all ?? result.message ?? '').split('\n').slice(-15).join('\n');
  throw new LandfallError(
    'LF-DEV-002',
    `installing ${name} ${version} failed in \`${file} ${args.join(' ')}\`:\n${tail}`,
  );
}
