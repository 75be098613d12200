import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createTofu } from '../../engines/index.ts';
import type { InstallContext } from '../context.ts';
import { releaseStaleLock } from './release-stale-lock.ts';

const startedAt = new Date('2026-01-01T00:00:00Z');
const me = `${userInfo().username}@${hostname()}`;

describe('a state lock that is newer than an engine that was killed in this folder', () => {
  let dir: string;
  let server: Server;
  let lock: { ID: string; Who: string; Created: string };
  const unlocked: string[] = [];
  const engines: ChildProcess[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-stale-'));
    lock = { ID: 'the-lock', Who: me, Created: '2026-01-01T01:00:00Z' };
    unlocked.length = 0;
    server = createServer((_, response) => response.end(JSON.stringify(lock))).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) engine.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** The bucket is this test's own, so that engines of other tests are none of its business. */
  const stateOf = (key: string) => ({
    bucket: dir.split('/').at(-1) ?? '',
    key,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' },
  });

  /** A live engine in a folder of its own, which was initialised for the state. */
  async function engineOn(key: string): Promise<ChildProcess> {
    const folder = join(dir, `folder-${engines.length}`);
    await mkdir(join(folder, '.terraform'), { recursive: true });
    const { bucket } = stateOf(key);
    const backend = { type: 's3', config: { bucket, key } };
    await writeFile(join(folder, '.terraform', 'terraform.tfstate'), JSON.stringify({ version: 3, backend }));
    await writeFile(join(folder, 'tofu'), '#!/bin/sh\necho runs\nread -r _\n', { mode: 0o755 });
    const engine = spawn(join(folder, 'tofu'), { cwd: folder });
    engines.push(engine);
    await once(engine.stdout, 'data');
    return engine;
  }

  function release(earlier: { startedAt: Date } | undefined): Promise<boolean> {
    const address = server.address();
    const runProcess: InstallContext['runProcess'] = ({ args }) => {
      unlocked.push(args.at(-1) ?? '');
      return Promise.resolve({ exitCode: 0, stdout: '', tail: [], durationMs: 0 });
    };
    const context = {
      clock: systemClock,
      runProcess,
      say: () => undefined,
      engines: { tofu: '', helm: '' },
      workDir: dir,
      awsEndpointUrl: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    };
    const tofu = createTofu({ binary: '/nowhere/tofu', workDir: dir, runProcess, env: {} });
    return releaseStaleLock(context, tofu, {}, stateOf('base/terraform.tfstate'), earlier);
  }

  it('is given back when nothing lives that may hold it', async () => {
    await engineOn('account/terraform.tfstate');
    expect(await release({ startedAt })).toBe(true);
    expect(unlocked).toEqual(['the-lock']);
  });

  it('is left alone while an engine lives that works on the state, in whatever folder; afterwards it is given back', async () => {
    const engine = await engineOn('base/terraform.tfstate');
    expect(await release({ startedAt })).toBe(false);
    expect(unlocked).toEqual([]);
    engine.kill('SIGKILL');
    await once(engine, 'exit');
    expect(await release({ startedAt })).toBe(true);
  });

  it.each([
    ['another user took it, whose engines cannot be seen', { Who: `somebody@${hostname()}` }, { startedAt }],
    ['another machine took it', { Who: `${userInfo().username}@elsewhere` }, { startedAt }],
    ['it is older than the engine', { Created: '2025-12-31T00:00:00Z' }, { startedAt }],
    ['every engine here came to its end', {}, undefined],
  ])('is left alone when %s', async (_, other, earlier) => {
    Object.assign(lock, other);
    expect(await release(earlier)).toBe(false);
    expect(unlocked).toEqual([]);
  });
});
