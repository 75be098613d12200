import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { LandfallError } from '../../contract/index.ts';
import type { DevConfig } from '../config.ts';
import type { BuildOptions } from './build-tool.ts';
import { withBuildLock } from './build-lock.ts';
import { type PythonTool, pythonTools } from './pins.ts';

const toolDir = (tool: PythonTool, config: DevConfig): string =>
  join(config.cacheDir, 'tools', `${tool.name}-${tool.version}`);

/** The program's path, when its virtual environment was installed to the end. */
export async function findPythonTool(tool: PythonTool, config: DevConfig): Promise<string | undefined> {
  const explicit = config.toolPath(tool.program.replaceAll('_', '-'));
  if (explicit !== undefined) return explicit;
  const dir = toolDir(tool, config);
  return access(join(dir, 'complete')).then(
    () => join(dir, 'venv/bin', tool.program),
    () => undefined,
  );
}

/** moto and the linters, one after the other. */
export async function ensurePythonTools(options: BuildOptions): Promise<void> {
  for (const tool of pythonTools) await ensurePythonTool(tool, options);
}

export async function ensurePythonTool(tool: PythonTool, { config, clock, say }: BuildOptions): Promise<string> {
  const found = await findPythonTool(tool, config);
  if (found !== undefined) return found;
  const { name, version } = tool;
  const dir = toolDir(tool, config);
  const lock = { clock, onWait: (pid: number) => say(`waiting for process ${pid}, which installs ${name}`) };
  return withBuildLock(join(dir, '.lock'), lock, async () => {
    const other = await findPythonTool(tool, config);
    if (other !== undefined) return other;
    say(`installing ${name} ${version} into a virtual environment, about ${tool.seconds} s ...`);
    await mkdir(dir, { recursive: true });
    // A virtual environment cannot be renamed (its scripts name their interpreter): the marker file says that it is whole.
    await rm(join(dir, 'venv'), { recursive: true, force: true });
    await run(tool, 'python3', ['-m', 'venv', join(dir, 'venv')]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${tool.package}==${version}`];
    await run(tool, join(dir, 'venv/bin/python'), pip);
    await writeFile(join(dir, 'complete'), `${version}\n`);
    return join(dir, 'venv/bin', tool.program);
  });
}

async function run({ name, version }: PythonTool, file: string, args: string[]): Promise<void> {
  const result = await execa(file, args, { stdin: 'ignore', reject: false, all: true });
  if (!result.failed) return;
  const tail = (result.all ?? result.message ?? '').split('\n').slice(-15).join('\n');
  throw new LandfallError(
    'LF-DEV-002',
    `installing ${name} ${version} failed in \`${file} ${args.join(' ')}\`:\n${tail}`,
  );
}
