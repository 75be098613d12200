import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { LandfallError, parseValue } from '../../contract/index.ts';
import { config } from '../config.ts';
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

  it('says nothing twice', () => {
    const cause = new Error('no end of a flow sequence');
    const twice = new LandfallError('LF-INSTALL-007', `a.yaml is not valid YAML: ${cause.message}`, { cause });
    expect(errorLines(twice)).toEqual([
      'LF-INSTALL-007: a.yaml is not valid YAML: no end of a flow sequence',
      expect.stringMatching(/^ {2}next: /),
    ]);
  });

  it('names the field of a document, without the JSON of the schema that refused it', () => {
    const refused = (): unknown => parseValue({ mode: 'ful' }, z.object({ mode: z.enum(['full']) }), 'a.yaml');
    let lines: string[] = [];
    try {
      refused();
    } catch (thrown) {
      lines = errorLines(thrown);
    }
    expect(lines).toEqual([
      expect.stringMatching(/^LF-CONTRACT-004: a\.yaml .*: mode: /),
      expect.stringMatching(/^ {2}next: /),
    ]);
  });

  it('lets nothing through to a terminal that moves its cursor or turns a line around', () => {
    const [said] = errorLines(new Error('a tag \u001B[2J\u009B31m\u202Eevil\r — ü\n'));
    expect(said).toBe('a tag ?[2J?31m?evil? — ü');
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

describe('an option with a few values', () => {
  const run = async (noun: string, args: readonly string[]): Promise<unknown> => {
    const program = createProgram();
    const parent = program.commands.find((command) => command.name() === noun);
    for (const command of parent?.commands ?? []) command.exitOverride().configureOutput({ writeErr: () => undefined });
    return program.parseAsync([noun, ...args], { from: 'user' });
  };

  it.each([
    ['install', 'would bring the install role back', ['account', '--file', 'none.yaml', '--access', 'close']],
    ['keys', 'would make another kind of key', ['generate', '--name', 'x', '--algorithm', 'rsa']],
  ])('takes no other word: with %s a slip of the pen %s', async (noun, _, args) => {
    await expect(run(noun, args)).rejects.toMatchObject({ code: 'commander.invalidArgument' });
  });
});

it('refuses an account that is none before it asks AWS', async () => {
  const args = ['seal', '--account', '123', '--region', 'eu-central-1'];
  await expect(createProgram().parseAsync(args, { from: 'user' })).rejects.toMatchObject({ code: 'LF-SEAL-004' });
  // It loads the AWS clients, which is slow on a busy machine.
}, 60_000);

it('says how to get AWS credentials from a profile when there are none', () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  expect(() => config.awsCredentials()).toThrow(
    expect.objectContaining({ code: 'LF-CLI-002', hint: expect.stringContaining('aws configure export-credentials') }),
  );
  vi.unstubAllEnvs();
});
