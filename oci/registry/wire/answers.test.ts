import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createConnect } from '../../network/connect.ts';
import { ByteReader } from './byte-reader.ts';
import { bodyOf, framingOf } from './framing.ts';
import { MalformedAnswer, parseFields, parseHead, type ResponseHead } from './parse-head.ts';
import { createWire } from './wire.ts';

type Read = { status: number; headers: Record<string, string>; body: string };

/** Serves these bytes to whoever connects, and ends. */
async function serving<T>(raw: string, use: (url: URL) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.from(raw, 'latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    return await use(new URL(`http://127.0.0.1:${port}/x`));
  } finally {
    server.close();
  }
}

async function byWire(url: URL, method = 'GET'): Promise<Read> {
  const wire = createWire({ connect: createConnect() });
  try {
    const { status, headers, body } = await wire.send({ method, url, headers: {}, body: undefined }, undefined);
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString('latin1');
    return { status, headers: { ...headers }, body: text };
  } finally {
    await wire.close();
  }
}

/** By llhttp, strict as Node has it. */
function byNode(url: URL, method = 'GET'): Promise<Read> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        const fields = Object.entries(response.headersDistinct);
        const headers = Object.fromEntries(fields.map(([name, value]) => [name, (value ?? []).join(', ')]));
        if (response.complete) resolve({ status: response.statusCode ?? 0, headers, body });
        else reject(new Error('incomplete'));
      });
    });
    request.on('error', reject);
    request.end();
  });
}

const both = [
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
  'HTTP/1.1 200\r\nContent-Length:5\r\n\r\nhello',
  'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\nA;ext="1"\r\n0123456789\r\n1\r\nx\r\n0\r\nx-trailer: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nx: a\r\nX:  b \t\r\nempty:\r\ncontent-length: 1\r\n\r\n1',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1',
  'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 caf\xe9\r\nx: \xff\r\ncontent-length: 0\r\n\r\n',
];

/** What llhttp refuses as well, and what it reads in one of several possible ways and we do not read at all. */
const refused: [why: string, raw: string][] = [
  ['something else', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!'],
  ['the same length twice', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello'],
  ['a length with a sign', 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello'],
  ['a length that is too long a number', 'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n'],
  ['a length in hex', 'HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\nhello'],
  ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nhello'],
  ['length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['chunked twice', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['chunked, nearly', 'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nabc\r\n\r\n'],
  ['a field without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['a bare line feed', 'HTTP/1.1 200 OK\r\nx: a\nb: c\r\ncontent-length: 0\r\n\r\n'],
  ['a bare carriage return', 'HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 0\r\n\r\n'],
  ['a zero byte', 'HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n'],
  ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`],
  ['two places to go to', 'HTTP/1.1 302 Found\r\nlocation: /a\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n'],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ['no end of interim answers', `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50)}HTTP/1.1 200 OK\r\n\r\n`],
  ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n'],
  ['a chunk of negative size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n'],
  ['a huge chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
  ['a trailer that is no field', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx\r\n\r\n'],
];

const cut: [what: string, raw: string][] = [
  ['nothing', ''],
  ['a head that ends early', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n'],
  ['a body that ends early', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell'],
  ['chunks without an end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ['chunks that end with line feeds', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\nhello\n0\n\n'],
  ['a bare line feed for each end of line', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
];

describe('an answer', () => {
  it.each(both)('%j is read as llhttp reads it', async (raw) => {
    const theirs = await serving(raw, byNode);
    expect(await serving(raw, byWire)).toEqual(theirs);
  });

  it.each(refused)('with %s is refused', async (_, raw) => {
    await expect(serving(raw, byWire)).rejects.toThrow(MalformedAnswer);
  });

  it.each(cut)('with %s is not whole', async (_, raw) => {
    await expect(serving(raw, byWire)).rejects.toThrow('the other side closed the connection');
  });

  it('to HEAD has no body, whatever its length says', async () => {
    const raw = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n';
    expect(await serving(raw, (url) => byWire(url, 'HEAD'))).toMatchObject({ status: 200, body: '' });
  });

  it('of random fields is read as llhttp reads it, or not at all', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'content-length: 3',
        'content-length:3 ',
        'transfer-encoding: chunked',
        'connection: close',
        'x: y',
        ' folded',
        'a\tb: c',
      ),
      fc.string({
        unit: fc.constantFrom('a', 'B', '-', ':', ' ', '\t', ';', ',', '\r', '\n', '\0', '\x7f', '\xe9', '1'),
        maxLength: 12,
      }),
    );
    const body = fc.constantFrom('abc', '3\r\nabc\r\n0\r\n\r\n', '', 'abcdef');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 5 }), body, async (lines, rest) => {
        const raw = ['HTTP/1.1 200 OK', ...lines, '', rest].join('\r\n');
        const bytes = Buffer.from(raw, 'latin1');
        const ours = await parse(new ByteReader(inPieces(bytes, [64])));
        // Bytes after the answer: its connection is not used again, while llhttp takes them for a broken next answer.
        if ('error' in ours || ours.left) return;
        expect({ ...ours.head, body: ours.body }).toMatchObject(await serving(raw, byNode));
      }),
      { numRuns: 300 },
    );
  });
});

/** The same bytes in pieces that end anywhere, out of one buffer that is used again, as a connection gives them. */
function inPieces(raw: Buffer, sizes: readonly number[]): { read: () => Promise<Uint8Array | undefined> } {
  const buffer = new Uint8Array(64);
  let at = 0;
  let turn = 0;
  return {
    read: async () => {
      if (at >= raw.byteLength) return undefined;
      const size = Math.min(
        buffer.byteLength,
        Math.max(1, sizes[turn++ % Math.max(1, sizes.length)] ?? 1),
        raw.byteLength - at,
      );
      buffer.fill(0x21);
      buffer.set(raw.subarray(at, at + size));
      at += size;
      return buffer.subarray(0, size);
    },
  };
}

type Parsed = { head: ResponseHead; body: string; left: boolean } | { error: string };

async function parse(reader: ByteReader): Promise<Parsed> {
  try {
    const head = parseHead(await reader.block(16 * 1024));
    const framing = framingOf('GET', head);
    let body = '';
    for await (const piece of bodyOf(reader, framing, (read) => read)) body += Buffer.from(piece).toString('latin1');
    return { head: { ...head, headers: { ...head.headers } }, body, left: !reader.isEmpty };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

describe('pieces that end anywhere', () => {
  const raws = [...both, ...[...refused, ...cut].map(([, raw]) => raw)];
  it.each(raws.map((raw) => [JSON.stringify(raw).slice(0, 100), raw] as const))('%s gives the same', async (_, raw) => {
    const bytes = Buffer.from(raw, 'latin1');
    const whole = await parse(new ByteReader(inPieces(bytes, [64])));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        // How much of what follows the answer had come by then is chance.
        expect({ ...(await parse(new ByteReader(inPieces(bytes, sizes)))), left: false }).toEqual({
          ...whole,
          left: false,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('any bytes at all are read or refused, and never waited for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...both),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(120),
        async (raw, noise, at) => {
          const bytes = Buffer.from(raw, 'latin1');
          const spoiled = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + noise.byteLength)]);
          expect(await parse(new ByteReader(inPieces(spoiled, [7])))).toBeDefined();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('fields are parsed in one pass: a line of blanks costs no more than a line of letters', () => {
    expect(() => parseFields(`x:${' '.repeat(1_000_000)}\0`)).toThrow(MalformedAnswer);
    expect(parseFields(`x:${' '.repeat(1_000_000)}`)).toEqual({ x: '' });
  });
});
