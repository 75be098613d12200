import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { DevConfig } from '../config.ts';
import type { GoTool } from './pins.ts';

export type FoundTool = { path: string; version: string; source: 'environment' | 'PATH' | 'cache' };

export type VersionReader = (path: string, args: string[]) => Promise<string | undefined>;

/** Looks in the environment, PATH (same major.minor only) and the cache, in this order. */
export async function findTool(
  tool: GoTool<string>,
  config: DevConfig,
  readVersion: VersionReader = readToolVersion,
): Promise<FoundTool | undefined> {
  if (tool.architecture !== undefined) return inCache(tool, config);
  const explicit = config.toolPath(tool.name);
  if (explicit !== undefined && (await isExecutable(explicit))) {
    return {
      path: explicit,
      version: (await readVersion(explicit, tool.versionArgs)) ?? 'unknown',
      source: 'environment',
    };
  }
  for (const folder of config.path) {
    const path = join(folder, tool.name);
    if (!(await isExecutable(path))) continue;
    const version = await readVersion(path, tool.versionArgs);
    if (version !== undefined && minorOf(version) === minorOf(tool.version)) return { path, version, source: 'PATH' };
  }
  return inCache(tool, config);
}

async function inCache(tool: GoTool<string>, config: DevConfig): Promise<FoundTool | undefined> {
  const path = cachedPath(tool, config);
  return (await isExecutable(path)) ? { path, version: tool.version, source: 'cache' } : undefined;
}

export function cachedPath(tool: GoTool<string>, config: DevConfig): string {
  const { name, version, architecture } = tool;
  return join(
    config.cacheDir,
    'tools',
    architecture === undefined ? `${name}-${version}` : `${name}-${version}-${architecture}`,
    name,
  );
}

/** The first `1.2.3` of what the tool prints, with a leading v; undefined when it prints none or fails. */
async function readToolVersion(path: string, args: string[]): Promise<string | undefined> {
  const result = await execa(path, args, {
    reject: false,
    all: true,
    timeout: 10_000,
    stdin: 'ignore',
    extendEnv: false,
    env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' },
  });
  const version = /\bv?(\d+\.\d+\.\d+)/.exec(result.all)?.[1];
  return version === undefined ? undefined : `v${version}`;
}

/** A program in the folders of PATH. */
export async function findInPath(name: string, config: DevConfig): Promise<string | undefined> {
  for (const folder of config.path) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function minorOf(version: string): string {
  return version.replace(/^v/, '').split('.').slice(0, 2).join('.');
}
