import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DevConfig, readDevConfig } from '../config.ts';
import { findTool } from './find-tool.ts';
import { pinOf } from './pins.ts';

describe('findTool', () => {
  let dir: string;
  let config: DevConfig;
  const helm = pinOf('helm');

  const tool = async (path: string, version: string): Promise<string> => {
    const full = join(dir, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, `#!/bin/sh\necho "${version}"\n`);
    await chmod(full, 0o755);
    return full;
  };
  const configWith = (env: Record<string, string>): DevConfig =>
    readDevConfig({
      HOME: dir,
      PATH: `${join(dir, 'one')}:${join(dir, 'two')}`,
      LANDFALL_CACHE: join(dir, 'cache'),
      ...env,
    });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-tools-'));
    config = configWith({});
  });
  afterEach(async () => rm(dir, { recursive: true }));

  it('finds nothing where there is nothing', async () => {
    expect(await findTool(helm, config)).toBeUndefined();
  });

  it('takes the path from the environment before everything else, whatever its version', async () => {
    const explicit = await tool('mine/helm', 'v3.0.0');
    await tool('one/helm', 'v4.3.1');
    expect(await findTool(helm, configWith({ LANDFALL_HELM: explicit }))).toEqual({
      path: explicit,
      version: 'v3.0.0',
      source: 'environment',
    });
  });

  it('reads LANDFALL_KUBE_APISERVER for kube-apiserver', async () => {
    const explicit = await tool('mine/api', 'Kubernetes v1.34.9');
    const found = await findTool(pinOf('kube-apiserver'), configWith({ LANDFALL_KUBE_APISERVER: explicit }));
    expect(found?.path).toBe(explicit);
  });

  it('takes another patch version from PATH', async () => {
    const path = await tool('two/helm', 'v4.3.9+gabc');
    expect(await findTool(helm, config)).toEqual({ path, version: 'v4.3.9', source: 'PATH' });
  });

  it('passes by another minor version in PATH and looks on', async () => {
    await tool('one/helm', 'v4.2.0');
    const path = await tool('two/helm', 'v4.3.0');
    expect((await findTool(helm, config))?.path).toBe(path);
  });

  it('passes by a program in PATH that fails or tells no version', async () => {
    await tool('one/helm', 'no version here');
    const path = await tool('cache/tools/helm-v4.3.1/helm', 'v4.3.1');
    expect(await findTool(helm, config)).toEqual({ path, version: 'v4.3.1', source: 'cache' });
  });

  it('never finds a half-built binary in the cache', async () => {
    await tool('cache/tools/helm-v4.3.1/.tmp-4711', 'v4.3.1');
    expect(await findTool(helm, config)).toBeUndefined();
  });
});
