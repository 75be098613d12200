import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Connect, createConnect } from '../../network/connect.ts';
import { ByteReader } from './byte-reader.ts';
import type { WireAnswer, WireRequest } from './exchange.ts';
import { parseHead } from './parse-head.ts';
import { createWire, type Wire } from './wire.ts';

const mebibyte = 1024 * 1024;
const direct = createConnect();
const ways: [name: string, connect: Connect][] = [
  ['one buffer that is used again', direct],
  [
    'events, as within a tunnel',
    ({ protocol, hostname, port }, signal) => direct({ protocol, hostname, port }, signal),
  ],
];

let server: Server;
let url: URL;
let wire: Wire;
let sockets: Socket[];
/** What the server got, per connection. */
let received: Buffer[];
let onData: (socket: Socket, connection: number) => void;

beforeEach(async () => {
  [sockets, received] = [[], []];
  onData = () => undefined;
  server = createServer((socket) => {
    const connection = sockets.push(socket) - 1;
    received[connection] = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received[connection] = Buffer.concat([received[connection] ?? Buffer.alloc(0), data]);
      onData(socket, connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/x?y=1`);
});
afterEach(async () => {
  vi.useRealTimers();
  await wire.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

const send = (more: Partial<WireRequest> = {}, signal?: AbortSignal): Promise<WireAnswer> =>
  wire.send({ method: 'GET', url, headers: {}, body: undefined, ...more }, signal);
const read = async ({ body }: WireAnswer): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
};
const answer = (body: string, head = 'HTTP/1.1 200 OK'): string =>
  `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const closed = (connection: number): Promise<void> =>
  vi.waitFor(() => expect(sockets[connection]?.destroyed).toBe(true), 5_000);
const put = (pieces: () => AsyncIterable<Uint8Array>, length: number): Promise<WireAnswer> =>
  send({ method: 'PUT', headers: { 'content-length': String(length) }, body: pieces() });

describe.each(ways)('by %s', (name, connect) => {
  beforeEach(() => {
    wire = createWire({ connect });
  });

  it('a large body arrives as it was sent', async () => {
    const bytes = randomBytes(9 * mebibyte);
    onData = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.byteLength}\r\n\r\n`);
      socket.write(bytes);
    };
    const { body } = await send();
    const pieces: Buffer[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for await (const piece of body) {
      buffers.add(piece.buffer);
      pieces.push(Buffer.from(piece));
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    if (name.startsWith('one buffer')) expect(buffers.size).toBe(1);
  });

  it('a body out of one buffer that is filled again and again is sent as it was', async () => {
    const bytes = randomBytes(9 * mebibyte);
    onData = (socket, connection) => {
      const got = received[connection]?.byteLength ?? 0;
      if (got > bytes.byteLength) socket.write(answer('', 'HTTP/1.1 201 Created'));
    };
    async function* lent(): AsyncGenerator<Uint8Array> {
      const buffer = new Uint8Array(100_000);
      for (let at = 0; at < bytes.byteLength; at += buffer.byteLength) {
        const part = bytes.subarray(at, at + buffer.byteLength);
        buffer.set(part);
        yield buffer.subarray(0, part.byteLength);
        buffer.fill(0);
      }
    }
    expect((await put(lent, bytes.byteLength)).status).toBe(201);
    expect(received[0]?.subarray(-bytes.byteLength).equals(bytes)).toBe(true);
    expect(received[0]?.subarray(0, 200).toString()).toMatch(
      /^PUT \/x\?y=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\ncontent-length: 9437184\r\n\r\n/,
    );
  });

  it('one connection carries one request after the other', async () => {
    onData = (socket) => socket.write(answer('hello'));
    for (let count = 0; count < 3; count++) expect(String(await read(await send()))).toBe('hello');
    expect((await send({ method: 'HEAD' })).status).toBe(200);
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['the server says so', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['it is HTTP/1.0', answer('ok', 'HTTP/1.0 200 OK')],
    ['bytes follow that nobody asked for', `${answer('ok')}${answer('evil')}`],
  ])('and no other when %s', async (_, raw) => {
    onData = (socket) => socket.write(raw);
    expect(String(await read(await send()))).toBe('ok');
    onData = (socket) => socket.write(answer('fine'));
    expect(String(await read(await send()))).toBe('fine');
    expect(sockets).toHaveLength(2);
  });

  it('an answer that is not read to its end takes its connection with it', async () => {
    onData = (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${mebibyte}\r\n\r\nbegin`);
    for await (const piece of (await send()).body) {
      expect(piece.byteLength).toBe(5);
      break;
    }
    await closed(0);
  });

  it('an answer that comes unasked on an idle connection is never taken for the next one', async () => {
    onData = (socket) => socket.write(answer('ok'));
    await read(await send());
    sockets[0]?.write(answer('evil'));
    await closed(0);
    expect(String(await read(await send()))).toBe('ok');
    expect(sockets).toHaveLength(2);
  });

  it('a connection that the server closed meanwhile is not used', async () => {
    onData = (socket) => socket.write(answer('ok'));
    await read(await send());
    sockets[0]?.end();
    await closed(0);
    expect(String(await read(await send()))).toBe('ok');
  });

  it('a refusal that comes before all is sent ends the sending, even where nobody reads on', async () => {
    onData = (socket) => {
      socket.pause();
      socket.write(answer('too large', 'HTTP/1.1 413 Content Too Large'));
    };
    let returned = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(mebibyte);
      } finally {
        returned = true;
      }
    }
    const refusal = await put(endless, 1e12);
    expect([refusal.status, String(await read(refusal)), returned]).toEqual([413, 'too large', true]);
    expect((await put(endless, 1e12)).status).toBe(413);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['too short', ['ab'], 5],
    ['too long', ['abcd', 'ef'], 5],
  ])('a body of our own that is %s is never completed', async (_, parts, length) => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const part of parts) yield Buffer.from(part);
    }
    await expect(put(pieces, length)).rejects.toThrow('has not the length that was announced');
    await closed(0);
    expect(received[0]?.toString().split('\r\n\r\n')[1]?.length).toBeLessThan(length);
  });

  it('a body that fails is told as it failed, and cuts the connection', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      throw new Error('the disk is gone');
    }
    await expect(put(pieces, 5)).rejects.toThrow('the disk is gone');
    await closed(0);
  });

  it('a cut is told: before the head, in it, in the body', async () => {
    for (const raw of ['', 'HTTP/1.1 200', `HTTP/1.1 200 OK\r\ncontent-length: ${mebibyte}\r\n\r\nbegin`]) {
      onData = (socket) => socket.end(raw);
      await expect((async () => read(await send()))()).rejects.toThrow('the other side closed the connection');
    }
  });

  it('a caller that gives up cuts the connection, at the head and in the body', async () => {
    const first = new AbortController();
    onData = () => first.abort();
    await expect(send({}, first.signal)).rejects.toThrow('stopped');
    await closed(0);
    const second = new AbortController();
    onData = (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${mebibyte}\r\n\r\nbegin`);
    const half = (async () => {
      for await (const piece of (await send({}, second.signal)).body) if (piece.byteLength > 0) second.abort();
    })();
    await expect(half).rejects.toThrow('stopped');
    await closed(1);
    await expect(send({}, second.signal)).rejects.toThrow('aborted');
    expect(sockets).toHaveLength(2);
  });
});

describe('silence', () => {
  beforeEach(() => {
    wire = createWire({ connect: direct });
  });

  it.each([
    ['before the head', ''],
    ['in the body', `HTTP/1.1 200 OK\r\ncontent-length: ${mebibyte}\r\n\r\nbegin`],
  ])('of 60 s %s ends it', async (_, raw) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onData = (socket) => socket.write(raw, () => setImmediate(() => vi.advanceTimersByTime(60_000)));
    if (raw === '') onData = () => vi.advanceTimersByTime(60_000);
    await expect((async () => read(await send()))()).rejects.toThrow('nothing came or went for 60 s');
  });

  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n';
  it.each([
    ['a head', '', answer('ok'), 'no answer was there after 60 s'],
    ['the size of a chunk', chunked, '00000000004;name=value\r\n', 'what frames a chunk was not whole after 60 s'],
    ['a trailer', `${chunked}0\r\n`, 'a: b\r\nc: d\r\ne: f\r\n', 'what frames a chunk was not whole after 60 s'],
  ])('of none: %s that comes byte by byte has a minute as a whole', async (_, begin, drip, message) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onData = (socket) => {
      const from = (at: number): void => {
        if (!vi.isFakeTimers() || socket.destroyed) return;
        vi.advanceTimersByTime(10_000);
        socket.write(drip.charAt(at), () => setImmediate(from, at + 1));
      };
      socket.write(begin, () => setImmediate(from, 0));
    };
    await expect((async () => read(await send()))()).rejects.toThrow(message);
    await closed(0);
  });

  it('of a server that takes no more of a body ends it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onData = (socket) => socket.pause();
    async function* pieces(): AsyncGenerator<Uint8Array> {
      // More than the kernel holds: the last of these waits.
      for (let count = 0; count < 64; count++) {
        setImmediate(() => vi.isFakeTimers() && vi.advanceTimersByTime(60_000));
        yield Buffer.alloc(mebibyte);
      }
    }
    await expect(put(pieces, 64 * mebibyte)).rejects.toThrow('nothing came or went for 60 s');
  });

  it('of the one who gives us the body is not held against the one who takes it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onData = (socket, connection) => {
      if (received[connection]?.toString().endsWith('abcd') === true) socket.write(answer('', 'HTTP/1.1 201 Created'));
    };
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      await vi.waitFor(() => expect(received[0]?.toString()).toMatch(/ab$/));
      await vi.advanceTimersByTimeAsync(300_000);
      yield Buffer.from('cd');
    }
    expect((await put(pieces, 4)).status).toBe(201);
  });
});

it('a header that would become two is never sent', async () => {
  wire = createWire({ connect: direct });
  const headers = { authorization: 'Bearer x\r\nx-evil: 1' };
  await expect(send({ headers })).rejects.toThrow('the header authorization has a character that may not be in one');
  await expect(send({ method: 'PUT', headers, body: Buffer.from('x') })).rejects.toThrow('the header authorization');
  expect(received.every((bytes) => bytes.byteLength === 0)).toBe(true);
});

it('twin of the unasked answer: a reader that went on would take it for its own', async () => {
  wire = createWire({ connect: direct });
  const raw = Buffer.from(`${answer('ok')}${answer('evil', 'HTTP/1.1 203 Evil')}`);
  const reader = new ByteReader({ read: () => Promise.resolve(raw) });
  parseHead(await reader.block(1000));
  for await (const piece of reader.exactly(2)) expect(Buffer.from(piece).toString()).toBe('ok');
  expect(parseHead(await reader.block(1000)).status).toBe(203);
});
