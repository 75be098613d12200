import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noteSkipped, requireEngines } from './require-engines.ts';

describe('requireEngines', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-require-'));
    vi.stubEnv('LANDFALL_CACHE', dir);
    vi.stubEnv('LANDFALL_SKIPPED_SUITES', join(dir, 'skipped'));
    vi.stubEnv('PATH', dir);
    vi.stubEnv('CI', '');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });

  it('outside CI notes which suite is skipped, for want of what, and the command that gets it', async () => {
    const engines = await requireEngines('kwok');
    expect(engines.available).toBe(false);
    expect(await readFile(join(dir, 'skipped'), 'utf8')).toBe(
      'dev/tools/require-engines.test.ts\tkwok (`npm run dev -- tools --build`)\n',
    );
  });

  it('notes what a machine does not let a suite do, in CI too', async () => {
    vi.stubEnv('CI', 'true');
    noteSkipped('the right to mount a tmpfs (root)');
    expect(await readFile(join(dir, 'skipped'), 'utf8')).toBe(
      'dev/tools/require-engines.test.ts\tthe right to mount a tmpfs (root)\n',
    );
  });

  it('in CI fails for want of an engine', async () => {
    vi.stubEnv('CI', 'true');
    await expect(requireEngines('kwok')).rejects.toMatchObject({ code: 'LF-DEV-001' });
  });

  it('gives the paths of what was asked for, and of nothing else', async () => {
    vi.stubEnv('LANDFALL_KWOK', process.execPath);
    const engines = await requireEngines('kwok');
    expect(engines.available).toBe(true);
    expect(engines.path('kwok')).toBe(process.execPath);
    expect(() => engines.path('helm')).toThrow('was not asked for');
  });
});
