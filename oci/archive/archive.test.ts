import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { directoryEntries } from './entries.ts';
import { extractTar } from './extract-tar.ts';
import { archiveWithoutSize } from './testing/without-size.ts';
import { tarDirectory, tarEntries, writeTar } from './write-tar.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'archive-'));
const makeTree = (): string => {
  const dir = temporary();
  mkdirSync(join(dir, 'a', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'a', 'deep', 'file'), 'x'.repeat(70_000));
  writeFileSync(join(dir, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(dir, 'empty'), '');
  writeFileSync(join(dir, `${'long-'.repeat(40)}name`), 'long');
  return dir;
};

describe('an archive of a folder', () => {
  it('is the same bytes whenever and wherever it is made', async () => {
    const [one, two] = [makeTree(), makeTree()];
    utimesSync(join(one, 'run.sh'), 1, 1);
    const written = await Promise.all(
      [one, two].map(async (dir) => writeTar(join(temporary(), 'x.tgz'), await directoryEntries(dir))),
    );
    expect(written[0]?.digest).toBe(written[1]?.digest);
    expect(written[0]?.diffId).toBe(written[1]?.diffId);
    const bytes = readFileSync(written[0]?.path ?? '');
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(written[0]?.digest);
    expect(bytes.length).toBe(written[0]?.size);
    expect(bytes.subarray(4, 10).toString('hex')).toMatch(/^00000000..ff$/);
  });

  it('unpacks to what it was, and GNU tar reads it', async () => {
    const dir = makeTree();
    const out = temporary();
    expect(await extractTar(await tarDirectory(dir, { prefix: 'p/' }), out)).toEqual({ files: 4, bytes: 70_014 });
    expect(readFileSync(join(out, 'p', 'a', 'deep', 'file'), 'utf8')).toBe('x'.repeat(70_000));
    expect(statSync(join(out, 'p', 'run.sh')).mode & 0o777).toBe(0o755);
    const file = join(temporary(), 'x.tar');
    await pipeline(await tarDirectory(dir, { gzip: false }), createWriteStream(file));
    expect(execFileSync('tar', ['tf', file]).toString().split('\n')).toContain('a/deep/file');
  });

  it('leaves out what is not wanted, and refuses links', async () => {
    const dir = makeTree();
    const entries = await directoryEntries(dir, { include: (path) => path !== 'a' });
    expect(entries.map((entry) => entry.path)).not.toContain('a/deep/file');
    symlinkSync('/etc/passwd', join(dir, 'link'));
    await expect(directoryEntries(dir)).rejects.toMatchObject({ code: 'LF-OCI-011' });
  });

  it.each(['/abs', '../up', 'a/../../up', ''])('does not pack the path %j', (path) => {
    expect(() => tarEntries([{ kind: 'file', path, bytes: new Uint8Array() }])).toThrow(/cannot be packed/);
  });

  it('does not pack a path twice, and tells when a file is not as long as was said', async () => {
    const file = { kind: 'file', path: 'a', bytes: new Uint8Array() } as const;
    expect(() => tarEntries([file, { ...file, path: './a' }])).toThrow(/twice/);
    const short = [{ kind: 'file', path: 'a', source: join(makeTree(), 'run.sh'), size: 99 }] as const;
    await expect(writeTar(join(temporary(), 'x'), short)).rejects.toMatchObject({ code: 'LF-OCI-011' });
  });
});

type Entry = Partial<Header> & { name: string; content?: string };

/** An archive as nobody honest writes it. */
async function evilTar(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry(header, content ?? '');
    else tar.entry(header);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('an evil archive', () => {
  it.each<[string, Entry[], RegExp]>([
    ['a path that leads out', [{ name: '../escaped', content: 'x' }], /leads out/],
    ['a path that leads out later', [{ name: 'a/../../escaped', content: 'x' }], /leads out/],
    ['an absolute path', [{ name: '/tmp/escaped', content: 'x' }], /absolute/],
    ['a symbolic link', [{ name: 'link', type: 'symlink', linkname: '..' }], /is a symlink/],
    ['a hard link', [{ name: 'link', type: 'link', linkname: 'x' }], /is a link/],
    ['a device', [{ name: 'dev', type: 'character-device', devmajor: 1, devminor: 3 }], /is a character-device/],
    ['a pipe', [{ name: 'pipe', type: 'fifo' }], /is a fifo/],
    [
      'the same file twice',
      [
        { name: 'a', content: '1' },
        { name: './a', content: '2' },
      ],
      /there already/,
    ],
    [
      'a file where a folder was',
      [
        { name: 'a', type: 'directory' },
        { name: 'a', content: '2' },
      ],
      /there already/,
    ],
    ['a backslash', [{ name: String.raw`a\b`, content: '1' }], /backslash/],
    ['too many entries', Array.from({ length: 12 }, (_, i) => ({ name: `f${i}` })), /more than 10 entries/],
    ['too much', [{ name: 'a', content: 'x'.repeat(2000) }], /more than 1000 bytes/],
  ])('with %s is refused', async (_, entries, reason) => {
    const out = join(temporary(), 'out');
    const extracted = extractTar(once(await evilTar(entries)), out, { gzip: false, maxEntries: 10, maxBytes: 1000 });
    await expect(extracted).rejects.toMatchObject({ code: 'LF-OCI-011', message: expect.stringMatching(reason) });
    expect(existsSync(join(out, '..', 'escaped'))).toBe(false);
  });

  it('that is a gzip bomb is stopped at the limit', async () => {
    const bomb = gzipSync(await evilTar([{ name: 'a', content: '0'.repeat(50_000_000) }]));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(extractTar(once(bomb), temporary(), { maxBytes: 1_000_000 })).rejects.toThrow(
      /more than 1000000 bytes/,
    );
  });

  it('that is cut or no archive at all is refused', async () => {
    const whole = gzipSync(await evilTar([{ name: 'a', content: 'x'.repeat(5000) }]));
    await expect(extractTar(once(whole.subarray(0, 60)), temporary())).rejects.toMatchObject({ code: 'LF-OCI-011' });
    await expect(extractTar(once(Buffer.from('hello')), temporary())).rejects.toMatchObject({ code: 'LF-OCI-011' });
  });

  it('that says no size of an entry comes to its end', async () => {
    const file = join(temporary(), 'x.tgz');
    writeFileSync(file, archiveWithoutSize('a'));
    await expect(extractTar(file, temporary())).rejects.toMatchObject({
      code: 'LF-OCI-011',
      message: expect.stringContaining('its size is no number of bytes'),
    });
  });

  it('that is not there, or is a folder, is told', async () => {
    const dir = temporary();
    for (const path of [join(dir, 'none.tgz'), dir])
      await expect(extractTar(path, join(dir, 'out'))).rejects.toMatchObject({ code: 'LF-OCI-011' });
  });

  it('twin: without the checks it writes outside of the folder', async () => {
    const out = join(temporary(), 'out');
    mkdirSync(out);
    const untar = extract();
    untar.end(await evilTar([{ name: '../escaped', content: 'x' }]));
    for await (const entry of untar) {
      const path = join(out, entry.header.name);
      mkdirSync(dirname(path), { recursive: true });
      for await (const chunk of entry) if (chunk instanceof Uint8Array) writeFileSync(path, chunk);
    }
    expect(existsSync(join(out, '..', 'escaped'))).toBe(true);
  });
});
