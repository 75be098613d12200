import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingRunner } from '../testing/recording-runner.ts';
import { writeCliConfig } from './cli-config.ts';
import type { TofuEvent } from './events.ts';
import { lockOf } from './lock-info.ts';
import { createTofu } from './tofu.ts';

function tofuWith(answers: Parameters<typeof recordingRunner>[0] = []) {
  const { runProcess, calls } = recordingRunner(answers);
  const workDir = mkdtempSync(join(tmpdir(), 'tofu-test-'));
  return { tofu: createTofu({ binary: '/bin/tofu', workDir, cliConfigPath: '/cli.tfrc', runProcess }), calls, workDir };
}

describe('the command line of tofu', () => {
  it('initialises with backend settings from a file', async () => {
    const { tofu, calls, workDir } = tofuWith();
    await tofu.init({ backendConfig: { bucket: 'state', use_lockfile: true }, lockfile: 'readonly' });
    expect(calls[0]?.args).toEqual([
      'init',
      '-input=false',
      '-no-color',
      '-reconfigure',
      '-backend-config=landfall.backend.json',
      '-lockfile=readonly',
    ]);
    expect(readFileSync(join(workDir, 'landfall.backend.json'), 'utf8')).toBe(
      '{"bucket":"state","use_lockfile":true}\n',
    );
  });

  it.each([
    [{ onBackendChange: 'migrate' as const }, ['-migrate-state', '-force-copy']],
    [{ backend: false as const }, ['-backend=false']],
  ])('initialises with %j', async (request, flags) => {
    const { tofu, calls } = tofuWith();
    await tofu.init(request);
    expect(calls[0]?.args).toEqual(['init', '-input=false', '-no-color', ...flags]);
  });

  it('plans with variables in a file that only its owner may read, and tells whether anything changes', async () => {
    const summary = JSON.stringify({
      '@message': 'Plan: 1 to add',
      type: 'change_summary',
      changes: { add: 1, change: 0, remove: 0, operation: 'plan' },
    });
    const { tofu, calls } = tofuWith([{ exitCode: 2, lines: [summary] }, { exitCode: 0 }]);
    const request = {
      out: '/run/plan',
      variables: { password: 'hunter2' },
      varFiles: ['/etc/x.tfvars'],
      lockTimeoutMs: 5000,
    };
    expect(await tofu.plan({ ...request, varFiles: [] })).toEqual({
      changed: true,
      changes: { add: 1, change: 0, remove: 0, import: 0 },
    });
    expect(calls[0]?.args).toEqual([
      'plan',
      '-input=false',
      '-json',
      '-detailed-exitcode',
      '-out=/run/plan',
      '-lock-timeout=5s',
      '-var-file=<file 1>',
    ]);
    expect(calls[0]?.files[0]).toMatchObject({ mode: 0o600, text: '{"password":"hunter2"}' });
    expect(await tofu.plan({ out: '/run/plan', destroy: true })).toMatchObject({ changed: false });
    expect(calls[1]?.args).toContain('-destroy');
  });

  it('applies a saved plan and nothing else, destroys, reads', async () => {
    const { tofu, calls } = tofuWith([{}, {}, { stdout: '{}' }, { stdout: '' }]);
    await tofu.apply({ planFile: '/run/plan' });
    await tofu.destroy();
    expect(await tofu.output()).toEqual({});
    expect(await tofu.statePull()).toBeUndefined();
    await tofu.forceUnlock({ lockId: 'abc' });
    expect(calls.map((call) => call.args)).toEqual([
      ['apply', '-input=false', '-json', '/run/plan'],
      ['destroy', '-input=false', '-auto-approve', '-json'],
      ['output', '-json', '-no-color'],
      ['state', 'pull', '-no-color'],
      ['force-unlock', '-no-color', '-force', 'abc'],
    ]);
  });

  it('has an environment of its own', async () => {
    const { tofu, calls, workDir } = tofuWith([{ stdout: '{"terraform_version":"1.12.6"}' }]);
    expect(await tofu.version()).toBe('1.12.6');
    expect(calls[0]?.request.env).toEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: `${workDir}/.terraform`,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      TF_CLI_CONFIG_FILE: '/cli.tfrc',
    });
  });
});

describe('when tofu fails', () => {
  const diagnostic = (summary: string, more: object = {}): string =>
    JSON.stringify({
      '@level': 'error',
      type: 'diagnostic',
      diagnostic: { severity: 'error', summary, detail: 'the value is hunter2', address: 'aws_s3_bucket.a', ...more },
    });

  it('the error has the summaries and their places, but no detail, which may quote a value', async () => {
    const { tofu } = tofuWith([{ exitCode: 1, lines: [diagnostic('creating S3 Bucket: AccessDenied')] }]);
    const failure = tofu.apply({ planFile: 'p' });
    await expect(failure).rejects.toMatchObject({
      code: 'LF-ENGINES-020',
      temporary: false,
      message: 'Applying the saved plan with tofu failed (exit 1): creating S3 Bucket: AccessDenied (aws_s3_bucket.a)',
    });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });

  it('a held lock has a code of its own and is temporary', async () => {
    const { tofu } = tofuWith([
      { exitCode: 1, lines: [diagnostic('Error acquiring the state lock', { address: undefined })] },
    ]);
    await expect(tofu.plan({ out: 'p' })).rejects.toMatchObject({ code: 'LF-ENGINES-021', temporary: true });
  });

  it.each([
    [
      'is held when a state is made',
      'Error loading state: failed to lock azure state: state blob is already locked',
      '021',
    ],
    ['is held in a cluster', 'Error loading state: the state is already locked by another tofu client', '021'],
    ['could not be given back', 'Error releasing the state lock', '020'],
  ])('tells a lock that %s', async (_, text, code) => {
    const id = '2b6a6738-5dd5-50d6-c0ae-f6352977666b';
    const tail = ['╷', `│ Error: ${text}`, '│ Lock Info:', `│   ID:        ${id}`, '│   Who:       root@r', '╵'];
    const { tofu } = tofuWith([{ exitCode: 1, tail }]);
    const error = await tofu.init().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: `LF-ENGINES-${code}` });
    expect(lockOf(error)).toEqual(code === '021' ? { id, who: 'root@r', operation: '', created: null } : null);
  });

  it('finds the reason in boxes, too', async () => {
    const { tofu } = tofuWith([
      { exitCode: 1, tail: ['╷', '│ Error: Failed to query', '│ ', '│   on main.tf line 3:', '╵'] },
    ]);
    await expect(tofu.init()).rejects.toThrow(/Error: Failed to query on main.tf line 3:/);
  });

  it('refuses an answer that is not JSON without quoting it', async () => {
    const { tofu } = tofuWith([{ stdout: 'hunter2 {' }]);
    const answer = tofu.output();
    await expect(answer).rejects.toMatchObject({ code: 'LF-ENGINES-006' });
    await expect(answer).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });
});

it('passes progress on as typed events and readable lines', async () => {
  const hook = { resource: { addr: 'terraform_data.a' }, action: 'create', elapsed_seconds: 3 };
  const { tofu } = tofuWith([
    { lines: [JSON.stringify({ '@message': 'x', type: 'apply_complete', hook }), 'panic: not JSON', '{"half":'] },
  ]);
  const events: TofuEvent[] = [];
  const lines: string[] = [];
  await tofu.apply(
    { planFile: 'p' },
    { onEvent: (event) => events.push(event), onLine: ({ text }) => lines.push(text) },
  );
  expect(events[0]).toMatchObject({
    kind: 'resource',
    step: 'complete',
    address: 'terraform_data.a',
    elapsedSeconds: 3,
  });
  expect(lines).toEqual(['terraform_data.a: create complete after 3 s', 'panic: not JSON', '{"half":']);
});

it('writes a CLI configuration in which providers come from one folder and from nowhere else', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'cli-')), 'sub', 'cli.tfrc');
  await writeCliConfig(path, { filesystemMirror: '/mirror/with "quotes"' });
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(String.raw`path = "/mirror/with \"quotes\""`);
  expect(text).not.toContain('direct');
});
