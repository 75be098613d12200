import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { createProgram } from '../program.ts';
import { findTool } from './find-tool.ts';
import { errorLines, exitCodeOf } from './output.ts';

describe('an error on the command line', () => {
  const error = new LandfallError('LF-INSTALL-008', 'the cluster did not answer', {
    cause: new Error('connect ECONNREFUSED'),
    temporary: true,
  });

  it('is code, message, cause, and what to do next', () => {
    expect(errorLines(error)).toEqual([
      'LF-INSTALL-008: the cluster did not answer',
      '  because: connect ECONNREFUSED',
      expect.stringMatching(/^ {2}next: Check that its API endpoint/),
    ]);
  });

  it('ends with 75 when the same command may succeed later, else with 1', () => {
    expect([exitCodeOf(error), exitCodeOf(new Error('a bug'))]).toEqual([75, 1]);
  });
});

describe('a tool', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-tools-'));
    await writeFile(join(dir, 'tofu'), '');
    await chmod(join(dir, 'tofu'), 0o755);
    await writeFile(join(dir, 'helm'), '');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('is looked up in PATH, in which relative folders do not count', async () => {
    const path = ['.', 'bin', dir].join(delimiter);
    expect(await findTool(['tofu', 'terraform'], undefined, path)).toBe(join(dir, 'tofu'));
  });

  it('that cannot be run is not found', async () => {
    await expect(findTool(['helm'], undefined, dir)).rejects.toMatchObject({ code: 'LF-CLI-001' });
  });

  it('that is named must be an absolute path', async () => {
    await expect(findTool(['tofu'], 'tofu', dir)).rejects.toMatchObject({ code: 'LF-CLI-001' });
    expect(await findTool(['helm'], join(dir, 'tofu'), '')).toBe(join(dir, 'tofu'));
  });
});

it('never tells anybody to run npx: it is not on npm', () => {
  const help = [createProgram(), ...createProgram().commands].map((command) => command.helpInformation()).join('\n');
  expect(help).toContain('npm run landfall --');
  expect(help).not.toContain('npx');
});
