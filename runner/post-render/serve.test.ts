import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from '../testing/bundle.ts';
import { askRunner } from './ask-runner.ts';
import { postRenderSocketVariable } from './config.ts';
import { postRender } from './render.ts';
import { type PostRenderServer, servePostRender } from './serve.ts';

const mirrored = `mirror.example/lf/app@sha256:${'a'.repeat(64)}`;
const manifest = (image: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: c, image: ${image} }] }\n${more}`;

let dir: string;
let server: PostRenderServer | null;
let args: string[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lf-pr-'));
  server = await servePostRender(join(dir, 's'));
  const map = join(dir, 'images.json');
  writeFileSync(map, JSON.stringify({ 'shop.example/app:1': mirrored }));
  args = ['--own-namespace=landfall-system', map];
});
afterEach(async () => {
  await server?.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('a post-renderer that has the runner do its work', () => {
  it.each([
    ['rewritten', manifest('shop.example/app:1')],
    ['as large as it comes', manifest('shop.example/app:1', `# ${'é'.repeat(300_000)}\n`)],
    ['refused', manifest('elsewhere.example/app:1')],
    ['empty', ''],
  ])('gets what it would have made itself: %s', async (_, rendered) => {
    expect(await askRunner(join(dir, 's'), args, rendered)).toEqual(postRender(args, rendered));
  });

  it('asks beside others', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => askRunner(join(dir, 's'), args, manifest('shop.example/app:1'))),
    );
    expect(new Set(all.map((done) => JSON.stringify(done))).size).toBe(1);
  });

  it('never takes half an answer for a whole one', async () => {
    const path = join(dir, 'half');
    const half: Server = createServer((socket) => socket.end('{"refused":false,"bytes":100}\nhalf of it'));
    await new Promise<void>((resolve) => half.listen(path, resolve));
    await expect(askRunner(path, args, manifest('shop.example/app:1'))).rejects.toThrow('no whole answer');
    half.close();
  });

  it('gets none for what is no question', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(join(dir, 's'));
      socket.on('data', (chunk: Buffer) => (text += String(chunk)));
      socket.on('end', () => resolve(text));
      socket.end('GET / HTTP/1.1\n\n');
    });
    expect(answer).toBe('');
  });

  it('is told at once that a path is too long for a socket', async () => {
    expect(await servePostRender(join(dir, 'x'.repeat(120)))).toBeNull();
  });
});

describe('the post-renderer as Helm starts it', { timeout: 60_000 }, () => {
  let built: string;
  let program: string;
  beforeAll(async () => {
    built = mkdtempSync(join(tmpdir(), 'lf-pr-built-'));
    program = await bundle('post-render/main.ts', built);
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));
  const run = (env: Record<string, string>, rendered: string) =>
    new Promise<{ code: number | null; text: string; report: string }>((resolve) => {
      const report = join(dir, 'report');
      const child = spawn(process.execPath, [program, ...args], {
        env: { PATH: process.env['PATH'] ?? '', LANDFALL_POST_RENDERER_REPORT: report, ...env },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
      child.once('close', (code) => {
        resolve({ code, text, report: existsSync(report) ? readFileSync(report, 'utf8') : '' });
      });
      child.stdin.end(rendered);
    });

  it.each([
    ['the runner does it', (): Record<string, string> => ({ [postRenderSocketVariable]: join(dir, 's') })],
    ['nobody answers', () => ({ [postRenderSocketVariable]: join(dir, 'nobody') })],
    ['there is nobody to ask', () => ({})],
  ])('rewrites, or refuses and says why, when %s', async (_, env) => {
    const good = await run(env(), manifest('shop.example/app:1'));
    expect(good).toMatchObject({ code: 0, text: expect.stringContaining(mirrored), report: '' });
    const bad = await run(env(), manifest('elsewhere.example/app:1'));
    expect(bad).toMatchObject({ code: 1, text: '', report: expect.stringContaining('LF-RUNNER-006') });
  });
});
