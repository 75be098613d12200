import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { describeError, LandfallError, parseJson } from '../../contract/index.ts';
import { foreignModules, type Tofu, writeCliConfig } from '../../engines/index.ts';
import { isShown } from '../pack/stored-artifact.ts';
import { withScratch } from '../pack/scratch.ts';

export type ModuleProvider = { source: string; version: string };

export type ModuleProvidersOptions = {
  dir: string;
  /** Digest of the packed module: what was found for it once is kept in the cache. */
  digest: string;
  mirrorDir: string;
  cacheDir: string;
  tofu: (options: { workDir: string; cliConfigPath: string }) => Tofu;
};

const providersSchema = z.array(z.object({ source: z.string(), version: z.string() })).max(20);

/**
 * Asks the engine itself which providers a module needs: `init` without a backend writes a lock file that names each with the version
 * it chose, and `validate` finds a broken module here and not at a customer's. Modules that it has fetched are refused: nobody signs those.
 */
export async function moduleProviders(options: ModuleProvidersOptions): Promise<ModuleProvider[]> {
  const kept = join(options.cacheDir, 'judged-modules', `${options.digest.slice('sha256:'.length)}.json`);
  const known = await readFile(kept, 'utf8').catch(() => undefined);
  const limit = { bytes: 1 << 16, depth: 4 };
  if (known !== undefined) return parseJson(known, providersSchema, kept, limit);
  const found = await withScratch(join(options.cacheDir, 'judged-modules'), (scratch) => judged(options, scratch));
  await writeFile(`${kept}.${process.pid}`, JSON.stringify(found));
  await rename(`${kept}.${process.pid}`, kept);
  return found;
}

async function judged(options: ModuleProvidersOptions, scratch: string): Promise<ModuleProvider[]> {
  const workDir = join(scratch, 'module');
  const cliConfigPath = join(scratch, 'tofurc');
  await mkdir(workDir);
  await cp(options.dir, workDir, { recursive: true, filter: (path) => path === options.dir || isShown(path) });
  await writeCliConfig(cliConfigPath, { filesystemMirror: options.mirrorDir });
  const tofu = options.tofu({ workDir, cliConfigPath });
  const ask = (asking: Promise<void>): Promise<void> =>
    asking.catch((cause: unknown) => {
      const message = `the module ${options.dir} cannot be used: ${describeError(cause)}`;
      throw new LandfallError('LF-RELEASE-004', message, { cause });
    });
  await ask(tofu.init({ backend: false }));
  const foreign = await foreignModules(workDir);
  if (foreign.length > 0) {
    const message = `the module ${options.dir} takes ${foreign.map((call) => `module.${call}`).join(', ')} from outside of its folder: each customer would fetch it anew, and what runs there would not be what is signed here`;
    throw new LandfallError('LF-RELEASE-018', message);
  }
  await ask(tofu.validate());
  return readLockFile(await readFile(join(workDir, '.terraform.lock.hcl'), 'utf8').catch(() => ''));
}

/** The lock file is written by the engine in one fixed form: `provider "<source>" {`, then `version = "<version>"`. */
export function readLockFile(text: string): ModuleProvider[] {
  const blocks = text.matchAll(/^provider "([^"]+)" \{\n\s*version\s*=\s*"([^"]+)"/gm);
  return [...blocks].map(([, source = '', version = '']) => ({ source, version }));
}
