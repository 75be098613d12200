import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { furnish, adminToken, newInstall, signingKey } from './testing/test-plane.ts';
import * as z from 'zod';
import { systemClock } from '../contract/index.ts';
import { testRunner } from './testing/test-runner.ts';
import { hashToken } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-control-plane-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Running = { url: string; child: ChildProcess; ended: Promise<number | null>; lines: string[] };

const tokenSchema = z.object({ token: z.string() });
const lineSchema = z.object({ url: z.string().optional() });

/** The control plane as its own process, from the command the documentation gives. */
function start(): {
  child: ChildProcess;
  listening: Promise<Running>;
  ended: Promise<number | null>;
  said: () => string;
} {
  const keyFile = join(folder, 'key.pem');
  writeFileSync(keyFile, signingKey.privateKeyPem, { mode: 0o600 });
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      LANDFALL_CP_PORT: '0',
      LANDFALL_CP_DATA: join(folder, 'data'),
      LANDFALL_CP_SIGNING_KEY_FILE: keyFile,
      LANDFALL_CP_ADMIN_TOKEN_SHA256: hashToken(adminToken),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const listening = new Promise<Running>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      lines.push(line);
      const { url } = lineSchema.parse(JSON.parse(line));
      if (url !== undefined) resolve({ url, child, ended, lines });
    });
    void ended.then(() => reject(new Error(`it ended: ${errors}`)));
  });
  return { child, listening, ended, said: () => errors };
}

async function call(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: {}, body: await response.json() };
}

it('keeps everything over SIGTERM and SIGKILL, and its folder to itself', async () => {
  const first = await start().listening;
  await furnish({ vendor: (method, path, body) => call(first.url, method, path, body) });
  const before = await call(first.url, 'GET', '/v1/installs/acme');

  const second = start();
  second.listening.catch(() => undefined);
  expect(await second.ended).toBe(1);
  expect(second.said()).toMatch(/^LF-CONTROL-PLANE-012: .* is in use by process \d+/);

  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const third = await start().listening;
  expect(await call(third.url, 'GET', '/v1/installs/acme')).toEqual(before);
  await call(third.url, 'POST', '/v1/installs', newInstall('initech'));

  third.child.kill('SIGKILL');
  await third.ended;
  const fourth = await start().listening;
  expect((await call(fourth.url, 'GET', '/v1/installs/initech')).status).toBe(200);
  expect(fourth.lines.join('\n')).not.toContain(adminToken);
  fourth.child.kill('SIGTERM');
  expect(await fourth.ended).toBe(0);
});

it('answers what it holds when it is told to end, and does not wait for idle connections', async () => {
  const running = await start().listening;
  const install = newInstall('hooli');
  await call(running.url, 'POST', '/v1/installs', install);
  const { token } = tokenSchema.parse((await call(running.url, 'POST', '/v1/installs/hooli/join-tokens', {})).body);
  const who = testRunner('hooli', systemClock);
  await call(running.url, 'POST', '/v1/enrol', who.enrolBody(token));
  const poll = async (etag: string) =>
    fetch(`${running.url}${who.paths.desiredState}`, {
      headers: {
        authorization: await who.proof('GET', who.paths.desiredState),
        'if-none-match': etag,
        prefer: 'wait=55',
      },
    });
  const etag = (await poll('"none"')).headers.get('etag') ?? '';
  const held = poll(etag);
  // A second request behind it, answered in order by the embedded database, shows that the first one is held, once both have arrived.
  await systemClock.sleep(1_000);
  await call(running.url, 'GET', '/v1/installs/hooli');
  const begun = performance.now();
  running.child.kill('SIGTERM');
  expect((await held).status).toBe(304);
  expect(await running.ended).toBe(0);
  expect(performance.now() - begun).toBeLessThan(20_000);
});
