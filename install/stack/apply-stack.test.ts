import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planStack } from './apply-stack.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-stack-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('a folder that holds state is closed to others before the engine writes into it, also when it was there before', async () => {
  const folder = join(dir, 'account');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  let modeThen = 0;
  const context = {
    clock: { now: () => new Date('2026-01-06T00:00:00.000Z'), sleep: () => Promise.resolve() },
    runProcess: () => {
      modeThen = statSync(folder).mode & 0o777;
      return Promise.reject(new Error('no engine here'));
    },
    say: () => undefined,
    engines: { tofu: '/nowhere/tofu', helm: '/nowhere/helm' },
    workDir: dir,
  };
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' };
  await expect(
    planStack(context, { step: 'account', dir: folder, region: 'eu-central-1', credentials }),
  ).rejects.toThrow('no engine here');
  expect(modeThen).toBe(0o700);
});
