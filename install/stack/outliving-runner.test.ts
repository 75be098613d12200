import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { identify, type ProcessIdentity, type ProcessResult } from '../../engines/index.ts';
import { createOutlivingRunner } from './outliving-runner.ts';

describe('an apply that outlives its command', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-outliving-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const apply = (onSpawn: (child: ProcessIdentity) => Promise<void>, command = '/bin/sh'): Promise<ProcessResult> =>
    createOutlivingRunner(
      systemClock,
      dir,
    )({
      command,
      args: ['-c', 'echo $$ > begun; cat; echo applied; exit 3'],
      cwd: dir,
      env: { PATH: '/usr/bin:/bin' },
      deadlineMs: 60_000,
      onSpawn,
    });
  const hasBegun = (): Promise<boolean> =>
    access(join(dir, 'begun')).then(
      () => true,
      () => false,
    );

  it('begins when it is written down who it is, as that very process', async () => {
    const noted: number[] = [];
    const result = await apply(async ({ pid }) => {
      expect(await hasBegun()).toBe(false);
      noted.push(pid);
    });
    expect(result).toMatchObject({ exitCode: 3, tail: ['applied'] });
    expect(noted).toEqual([Number(await readFile(join(dir, 'begun'), 'utf8'))]);
  });

  it('never begins when that could not be written', async () => {
    const noted: number[] = [];
    const refused = apply(({ pid }) => {
      noted.push(pid);
      return Promise.reject(new Error('no space left on device'));
    });
    await expect(refused).rejects.toThrow('no space left');
    await expect.poll(async () => (await identify(noted[0] ?? 0)).startTime).toBeUndefined();
    expect(await hasBegun()).toBe(false);
  });

  it('says so when there is no such engine', async () => {
    const noEngine = apply(() => Promise.resolve(), '/nowhere/tofu');
    await expect(noEngine).rejects.toMatchObject({ code: 'LF-ENGINES-001' });
  });
});
