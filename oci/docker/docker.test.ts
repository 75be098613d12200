import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerConfigCredentials } from './config-credentials.ts';
import type { RunHelper } from './credential-helper.ts';

const dir = mkdtempSync(join(tmpdir(), 'docker-config-'));
const path = join(dir, 'config.json');
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(() => {
  writeFileSync(
    path,
    JSON.stringify({
      auths: {
        'plain.example:5000': { auth: Buffer.from('user:pass:word').toString('base64') },
        'https://old.example/v1/': { auth: Buffer.from('old:secret\0\0').toString('base64') },
        'https://index.docker.io/v1/': { username: 'hub', password: 'secret' },
        'quay.example/team': { username: 'team', password: 'of the team' },
        'quay.example': { username: 'all', password: 'of all' },
        'space.example/team': { username: 'team', password: 'alone' },
        'name.azurecr.io': { auth: Buffer.from('0000:').toString('base64'), identitytoken: 'refresh' },
        'tokens.example': { auth: Buffer.from('x:').toString('base64'), identitytoken: 'secret words' },
        'broken.example': { auth: Buffer.from('nothing').toString('base64') },
      },
      credHelpers: { 'helped.example': 'cloud', 'odd.example': '../evil' },
    }),
  );
});
const helper =
  (answer: { code: number; stdout: string }, asked: string[] = []): RunHelper =>
  (name, server) => {
    asked.push(`${name} ${server}`);
    return Promise.resolve(answer);
  };
const ask = (host: string, run?: RunHelper) => dockerConfigCredentials({ path, host, ...(run ? { run } : {}) })();

describe('a Docker configuration', () => {
  it.each([
    ['plain.example:5000', 'user', 'pass:word'],
    ['old.example', 'old', 'secret'],
    ['docker.io', 'hub', 'secret'],
    ['registry-1.docker.io', 'hub', 'secret'],
    ['quay.example', 'all', 'of all'],
    ['space.example', 'team', 'alone'],
    ['name.azurecr.io', '00000000-0000-0000-0000-000000000000', 'refresh'],
  ])('knows %s', async (host, username, password) => {
    expect(await ask(host)).toEqual({ username, password });
  });

  it('has nothing for a registry that nobody logged in to', async () => {
    expect(await ask('other.example')).toBeUndefined();
    expect(await ask('evil-plain.example:5000')).toBeUndefined();
  });

  it('may be one of several: the first that knows the registry, as Podman looks; one that is missing knows none', async () => {
    const podman = join(dir, 'auth.json');
    writeFileSync(
      podman,
      JSON.stringify({ auths: { 'docker.io': { auth: Buffer.from('pod:man').toString('base64') } } }),
    );
    const several = [join(dir, 'missing.json'), podman, path];
    const at = (host: string) => dockerConfigCredentials({ path: several, host })();
    expect(await at('registry-1.docker.io')).toEqual({ username: 'pod', password: 'man' });
    expect(await at('plain.example:5000')).toEqual({ username: 'user', password: 'pass:word' });
    expect(await at('other.example')).toBeUndefined();
  });

  it('with an identity token is refused where it would be sent as a password, without showing it', async () => {
    await expect(ask('tokens.example')).rejects.toMatchObject({ code: 'LF-OCI-015' });
    await expect(ask('tokens.example')).rejects.not.toThrow(/secret words/);
  });

  it.each([
    ['broken', '{"auths":{"plain.example":{"password": hunter2word}}}', /broken\.json is not valid JSON$/],
    ['odd', '{"auths":{"plain.example":"hunter2word"}}', /odd\.json is not of the expected shape$/],
  ])('that is %s is refused, and nothing of it is told', async (name, text, says) => {
    const file = join(dir, `${name}.json`);
    writeFileSync(file, text);
    const error: unknown = await dockerConfigCredentials({ path: file, host: 'plain.example' })().catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'LF-OCI-015', message: expect.stringMatching(says) });
    expect(error).not.toHaveProperty('cause');
  });

  it('refuses a login that is none, without showing it', async () => {
    await expect(ask('broken.example')).rejects.toThrow(/broken\.example/);
    await expect(ask('broken.example')).rejects.not.toThrow(/nothing/);
  });
});

describe('a credential helper', () => {
  it('is asked for its registry, on standard input', async () => {
    const asked: string[] = [];
    const run = helper({ code: 0, stdout: JSON.stringify({ ServerURL: 'x', Username: 'u', Secret: 's' }) }, asked);
    expect(await ask('helped.example', run)).toEqual({ username: 'u', password: 's' });
    expect(asked).toEqual(['cloud helped.example']);
  });

  it('that knows nothing leaves the registry without a login', async () => {
    const run = helper({ code: 1, stdout: 'credentials not found in native keychain' });
    expect(await ask('helped.example', run)).toBeUndefined();
  });

  it.each([
    ['fails', { code: 2, stdout: 'secret words' }],
    ['answers with something else', { code: 0, stdout: '{"Secret": "secret words"' }],
    ['has an identity token', { code: 0, stdout: '{"Username": "<token>", "Secret": "secret words"}' }],
  ])('that %s is an error that shows nothing of its answer', async (_, answer) => {
    const failure = ask('helped.example', helper(answer));
    await expect(failure).rejects.toThrow(/docker-credential-cloud/);
    await expect(failure).rejects.not.toThrow(/secret words/);
  });

  it('that answers no JSON is refused, and nothing of its answer is told', async () => {
    const run = helper({ code: 0, stdout: '{"Username":"u","Secret": hunter2word}' });
    const error: unknown = await ask('helped.example', run).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'LF-OCI-015',
      message: 'what docker-credential-cloud answered is not valid JSON',
    });
    expect(error).not.toHaveProperty('cause');
  });

  it('that is not there is told, and holds nobody up until its deadline', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    await expect(ask('helped.example')).rejects.toMatchObject({
      code: 'LF-OCI-015',
      message: 'docker-credential-cloud cannot be started',
    });
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('whose name is a path is never started', async () => {
    const asked: string[] = [];
    await expect(ask('odd.example', helper({ code: 0, stdout: '' }, asked))).rejects.toThrow(/not a credential helper/);
    expect(asked).toEqual([]);
  });

  it('is a program, found by its name', async () => {
    const program = join(dir, 'docker-credential-cloud');
    writeFileSync(program, '#!/bin/sh\nread server\necho "{\\"Username\\":\\"$server\\",\\"Secret\\":\\"s\\"}"\n');
    chmodSync(program, 0o755);
    const before = process.env['PATH'];
    process.env['PATH'] = `${dir}:${before ?? ''}`;
    try {
      expect(await ask('helped.example')).toEqual({ username: 'helped.example', password: 's' });
    } finally {
      process.env['PATH'] = before;
    }
  });
});
