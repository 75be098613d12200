import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../config.ts';
import { ensurePackagedTool, findPackagedTool } from './packaged-tool.ts';
import { packagedToolOf } from './pins.ts';

describe('a tool from npm', () => {
  let dir: string;
  const azurite = packagedToolOf('azurite');
  const config = () => readDevConfig({ LANDFALL_CACHE: dir });
  const ensure = () => ensurePackagedTool(azurite, { config: config(), clock: systemClock, say: () => undefined });
  const folder = (): string => join(dir, 'tools', `azurite-${azurite.version}`);

  /** An `npm` of our own in PATH: what it does decides how the installation ends. */
  const npm = async (script: string): Promise<void> => {
    await mkdir(join(dir, 'bin'), { recursive: true });
    await writeFile(join(dir, 'bin/npm'), `#!/bin/sh\necho "$@" >> ${join(dir, 'calls')}\n${script}\n`);
    await chmod(join(dir, 'bin/npm'), 0o755);
    vi.stubEnv('PATH', `${join(dir, 'bin')}:/usr/bin:/bin`);
  };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-npm-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });

  it('is installed once, as its lockfile says and without running a script of any package', async () => {
    await npm('true');
    const [one, two] = await Promise.all([ensure(), ensure()]);
    expect(one).toBe(join(folder(), 'node_modules/azurite/dist/src/blob/main.js'));
    expect(two).toBe(one);
    const calls = (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');
    expect(calls).toEqual([expect.stringMatching(`^ci --prefix ${folder()} .*--ignore-scripts`)]);
    const lock: unknown = JSON.parse(await readFile(join(folder(), 'package-lock.json'), 'utf8'));
    expect(lock).toMatchObject({ packages: { 'node_modules/azurite': { version: azurite.version } } });
  });

  it('is not found after an installation that failed, which says why, and the next one begins anew', async () => {
    await npm('echo "no space left" >&2; exit 1');
    const failed = { code: 'LF-DEV-002', message: expect.stringContaining('no space left') };
    await expect(ensure()).rejects.toMatchObject(failed);
    expect(await findPackagedTool(azurite, config())).toBeUndefined();
    await npm('true');
    expect(await ensure()).toBe(await findPackagedTool(azurite, config()));
  });

  it('names nothing but versions and hashes in its lockfile: no host of anybody’s machine', async () => {
    const text = await readFile(new URL('../../tools/azurite/package-lock.json', import.meta.url), 'utf8');
    expect(text.match(/"resolved": "(?!https:\/\/registry\.npmjs\.org\/)[^"]*"/g) ?? []).toEqual([]);
    expect(text.match(/"integrity": "sha512-/g)?.length).toBeGreaterThan(100);
  });
});
