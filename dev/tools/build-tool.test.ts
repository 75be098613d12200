import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../config.ts';
import { buildTool } from './build-tool.ts';
import { findTool } from './find-tool.ts';
import { ownArchitecture, pinOf, toolFor } from './pins.ts';

describe('buildTool', () => {
  let dir: string;
  let said: string[];
  const kwok = pinOf('kwok');

  /** A `go` of our own in PATH: what it does decides how the build ends. */
  const go = async (script: string): Promise<void> => {
    await mkdir(join(dir, 'bin'));
    await writeFile(join(dir, 'bin/go'), `#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\nout=$2\n${script}\n`);
    await chmod(join(dir, 'bin/go'), 0o755);
    vi.stubEnv('PATH', `${join(dir, 'bin')}:/usr/bin:/bin`);
  };
  const build = () =>
    buildTool(kwok, {
      config: readDevConfig({ LANDFALL_CACHE: dir }),
      clock: systemClock,
      say: (line) => said.push(line),
    });
  const folder = (): string => join(dir, 'tools', `${kwok.name}-${kwok.version}`);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-build-'));
    said = [];
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });

  it('puts the binary under its name only when it is whole, and says how long it takes', async () => {
    await go('echo binary > "$out"; chmod +x "$out"');
    const path = await build();
    await access(path);
    expect(await readdir(folder())).toEqual([kwok.name]);
    expect(said[0]).toMatch(/^building kwok v[\d.]+, about \d+ s on 2 cores/);
  });

  it('builds for another processor beside what is for this one, and looks for it nowhere else', async () => {
    await go('echo "$GOOS/$GOARCH" > "$out"; chmod +x "$out"');
    const config = readDevConfig({ LANDFALL_CACHE: dir, LANDFALL_KWOK: '/bin/true' });
    const other = ownArchitecture === 'arm64' ? 'amd64' : 'arm64';
    const tool = toolFor(kwok, other);
    expect(await findTool(tool, config)).toBeUndefined();
    const path = await buildTool(tool, { config, clock: systemClock, say: (line) => said.push(line) });
    expect((await readFile(path, 'utf8')).trim()).toBe(`linux/${other}`);
    expect(await findTool(tool, config)).toMatchObject({ path, source: 'cache' });
    expect(await readdir(join(dir, 'tools'))).toEqual([`${kwok.name}-${kwok.version}-${other}`]);
    expect(said[0]).toContain(` for ${other}, about`);
  });

  it('leaves nothing of a build that failed, and shows why it failed', async () => {
    await go('echo half > "$out"; echo "undefined: x" >&2; exit 1');
    await expect(build()).rejects.toMatchObject({
      code: 'LF-DEV-002',
      message: expect.stringContaining('undefined: x'),
    });
    expect(await readdir(folder())).toEqual([]);
  });

  it('clears away what an interrupted build left', async () => {
    await go('echo binary > "$out"; chmod +x "$out"');
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), '.tmp-1'), 'half');
    await build();
    expect(await readdir(folder())).toEqual([kwok.name]);
  });

  it('builds once when two ask at the same time', async () => {
    await go(`echo once >> ${join(dir, 'builds')}; echo binary > "$out"; chmod +x "$out"`);
    const [one, two] = await Promise.all([build(), build()]);
    expect(one).toBe(two);
    expect(said.filter((line) => line.startsWith('building'))).toHaveLength(1);
  });
});
