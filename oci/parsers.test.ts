import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { LandfallError, sha256 } from '../contract/index.ts';
import { openArchive } from './air-gap/open-archive.ts';
import { writeArchive } from './air-gap/write-archive.ts';
import { extractTar } from './archive/extract-tar.ts';
import { normalPath, pathProblem } from './archive/safe-path.ts';
import { tarEntries } from './archive/write-tar.ts';
import { packArtifact } from './artifact.ts';
import { dockerConfigCredentials } from './docker/config-credentials.ts';
import { parseManifest } from './manifest.ts';
import { indexTypes, manifestTypes, mediaTypes } from './media-types.ts';
import { parseChallenge } from './registry/challenge.ts';
import { nextPage } from './registry/next-page.ts';
import { parseRetryAfter } from './registry/retry.ts';

const dir = mkdtempSync(join(tmpdir(), 'parsers-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The code of what it throws; '' when it gives something. Anything that is not ours is thrown on. */
async function codeOf(parse: () => unknown): Promise<string> {
  try {
    await parse();
    return '';
  } catch (error) {
    if (error instanceof LandfallError) return error.code;
    throw error;
  }
}
const huge = 100_000;
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/);

describe('a challenge', () => {
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, (each) => `\\${each}`)}"`;

  it('is read back as it was written, whatever stands in its quotes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(fc.string(), { nil: undefined }), (realm, service, scope) => {
        const more = scope === undefined ? '' : ` , scope=${quoted(scope)}`;
        const header = `Bearer realm=${quoted(realm)},service=${quoted(service)}${more}`;
        expect(parseChallenge(header)).toEqual({ scheme: 'bearer', realm, service, scope });
      }),
    );
  });

  it('is one or none, of any text, and none when it is very long', () => {
    const piece = fc.constantFrom('Bearer ', 'Basic', 'realm', '=', '"', '\\', ',', ' ', 'x');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect([undefined, 'basic', 'bearer']).toContain(parseChallenge(pieces.join(''))?.scheme);
      }),
    );
    for (const evil of ['a="', ',', 'a=', '\\', ' ']) {
      expect(parseChallenge(`Bearer ${evil.repeat(huge)}`)).toBeUndefined();
    }
  });
});

describe('a link to the next page', () => {
  const link = (target: string, relation: string): string => `<${target}>; title="a, b; rel=next"; rel="${relation}"`;
  const target = fc.stringMatching(/^\/v2\/[a-z0-9/?=&,;%]{0,40}$/);

  it('is found among others, wherever it stands', () => {
    fc.assert(
      fc.property(target, fc.array(target), fc.array(target), (next, before, after) => {
        const others = (list: string[]): string[] => list.map((each) => link(each, 'prev'));
        const header = [...others(before), link(next, 'next'), ...others(after)].join(', ');
        expect(nextPage(header)).toBe(next);
        expect(nextPage(others([...before, ...after]).join(', '))).toBeUndefined();
      }),
    );
    expect(nextPage('</v2/a/tags/list?last=x>; rel=next')).toBe('/v2/a/tags/list?last=x');
  });

  it('is a part of the header or none, and a very long one ends', () => {
    const piece = fc.constantFrom('<', '>', ';', ',', 'rel=', '"next"', 'next', '"', '\\', ' ', '/v2');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const header = pieces.join('');
        const found = nextPage(header);
        expect(found === undefined || header.includes(`<${found}>`)).toBe(true);
      }),
    );
    for (const evil of ['<', '>', '<>', '<>;', '<>,', ';', '"', ' ']) {
      expect(nextPage(evil.repeat(huge))).toBeUndefined();
    }
  });
});

it('Retry-After is milliseconds from now, never less than none, or nothing', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (header) => {
        const wait = parseRetryAfter(header, now);
        expect(wait === undefined || wait >= 0).toBe(true);
      },
    ),
  );
});

describe('a manifest', () => {
  const types = [...manifestTypes, ...indexTypes, 'text/plain'];

  it('is read or refused with a code, whatever JSON it is', async () => {
    const keys = fc.constantFrom('schemaVersion', 'mediaType', 'config', 'layers', 'manifests', 'digest', 'size', 'x');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(2, 1, -1, 1e300, null, true, '', mediaTypes.imageManifest, sha256('x')),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(keys, value, { maxKeys: 6 }),
        fc.constantFrom(...types),
        async (json, mediaType) => {
          const code = await codeOf(() => parseManifest({ bytes: Buffer.from(JSON.stringify(json)), mediaType }));
          expect(code === '' || /^LF-[A-Z]+-\d{3}$/.test(code)).toBe(true);
        },
      ),
    );
  });

  it('is refused when it is no JSON, or nested without end', async () => {
    for (const text of ['', '{', '['.repeat(huge), '{"a":'.repeat(huge), '"'.repeat(huge), '9'.repeat(huge)]) {
      const bytes = Buffer.from(text);
      expect(await codeOf(() => parseManifest({ bytes, mediaType: mediaTypes.imageIndex }))).not.toBe('');
    }
  });
});

describe('a path in an archive', () => {
  it('that is accepted stays within the folder, however it is written', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b c', '~', '\0', '\\', 'C:', '...', ' ..', 'ü');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        fc.pre(pathProblem(path) === undefined);
        const full = resolve(dir, normalPath(path));
        expect(full === dir || full.startsWith(`${dir}${sep}`)).toBe(true);
      }),
    );
  });
});

/** Some of its bytes are others. */
const changed = (whole: Buffer) =>
  fc
    .array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => changes.reduce((bytes, [at, value]) => (bytes.writeUInt8(value, at), bytes), Buffer.from(whole)));

describe('an archive of which some bytes are others', () => {
  it('tar: unpacks into its folder or is refused with a code, and nothing lies outside', async () => {
    const pieces: Uint8Array[] = [];
    const entries = ['a/b', 'c', 'd/e/f'].map((path) => ({ kind: 'file' as const, path, bytes: Buffer.from(path) }));
    for await (const piece of tarEntries(entries, { gzip: false })) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    const around = mkdtempSync(join(dir, 'tar-'));
    async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    await fc.assert(
      fc.asyncProperty(changed(whole), async (bytes) => {
        const out = join(around, 'out');
        rmSync(out, { recursive: true, force: true });
        const code = await codeOf(() =>
          extractTar(once(bytes), out, { gzip: false, maxBytes: 10_000, maxEntries: 10 }),
        );
        expect(['', 'LF-OCI-011']).toContain(code);
        expect(readdirSync(around)).toEqual(['out']);
      }),
      { numRuns: 60 },
    );
  });

  it('zip: opens as what it was or is refused with a code', async () => {
    const artifact = await packArtifact({ layers: [{ mediaType: 'text/plain', bytes: Buffer.from('layer') }] });
    const path = join(dir, 'whole.zip');
    await writeArchive({ path, roots: [{ from: artifact, digest: artifact.descriptor.digest, name: 'a/b' }] });
    const whole = readFileSync(path);
    const file = join(dir, 'changed.zip');
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(changed(whole), async (bytes) => {
        writeFileSync(file, bytes);
        const code = await codeOf(async () => (await openArchive(file)).close());
        expect(code === '' || /^LF-(OCI|CONTRACT)-\d{3}$/.test(code)).toBe(true);
        if (code !== '') refused++;
      }),
      { numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe('a Docker configuration', () => {
  const path = join(dir, 'config.json');
  const ask = (json: unknown) => {
    writeFileSync(path, JSON.stringify(json));
    return dockerConfigCredentials({ path, host: 'r.example', run: () => Promise.resolve({ code: 1, stdout: '' }) })();
  };

  it('gives the login that was written, whatever is in the password but its padding', async () => {
    const password = fc.string({ minLength: 1 }).filter((text) => !text.endsWith('\0'));
    await fc.assert(
      fc.asyncProperty(token, password, fc.nat(5), async (username, secret, padding) => {
        const auth = Buffer.from(`${username}:${secret}${'\0'.repeat(padding)}`).toString('base64');
        expect(await ask({ auths: { 'r.example': { auth } } })).toEqual({ username, password: secret });
      }),
      { numRuns: 50 },
    );
  });

  it('is a login, none, or an error that shows no secret', async () => {
    const entry = fc.record({ auth: fc.option(fc.base64String()), username: fc.anything() }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('r.example', 'https://r.example/v1/', '__proto__'), entry),
        async (auths) => {
          const code = await codeOf(() => ask({ auths }));
          expect(code === '' || /^LF-[A-Z]+-\d{3}$/.test(code)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('with a very long login ends', async () => {
    const auth = Buffer.from(`u:${'\0'.repeat(huge)}x`).toString('base64');
    expect((await ask({ auths: { 'r.example': { auth } } }))?.password).toHaveLength(huge + 1);
  });
});
