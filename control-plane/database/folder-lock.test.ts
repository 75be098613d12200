import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const file = (): string => join(folder, 'landfall.lock');

it('lets one in, names it to the next, and the next in when it has gone', () => {
  const first = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(
    expect.objectContaining({ code: 'LF-CONTROL-PLANE-012', message: expect.stringContaining(String(process.pid)) }),
  );
  first.release();
  lockFolder(folder).release();
  expect(existsSync(file())).toBe(false);
});

it.each([
  ['whose process is gone', { pid: 2 ** 22 + 1, started: '1', token: 'old' }],
  ['whose pid was given to another process', { pid: process.pid, started: '1', token: 'old' }],
  ['that cannot be read', 'half a lo'],
])('takes over a lock %s', (_name, content) => {
  writeFileSync(file(), typeof content === 'string' ? content : JSON.stringify(content));
  const lock = lockFolder(folder);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
});

it('never removes the lock of another', () => {
  const lock = lockFolder(folder);
  writeFileSync(file(), JSON.stringify({ pid: 1, started: '1', token: 'theirs' }));
  lock.release();
  expect(existsSync(file())).toBe(true);
});
