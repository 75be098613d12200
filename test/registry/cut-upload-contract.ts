import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { sha256Of } from './content.ts';

/** One request by plain HTTP. */
export type Call = (
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: Uint8Array | string,
  headers?: Record<string, string>,
) => Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>;

/** A body that ends, with its connection, after `sent` of the bytes that it announced. */
const cut = (method: 'PUT' | 'PATCH', url: URL, bytes: Uint8Array, sent: number): Promise<void> =>
  new Promise((resolve) => {
    const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/octet-stream\r\n`;
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`${head}content-length: ${bytes.byteLength}\r\n\r\n`);
      socket.end(bytes.subarray(0, sent));
    });
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });

/** What becomes of an upload whose body broke off: our client goes on by it. */
export function cutUploadContract({
  base,
  call,
  repository,
}: {
  base: () => string;
  call: Call;
  repository: () => string;
}): void {
  it.each([
    ['the one PUT', 'PUT', 'PUT'],
    ['the one PUT', 'PUT', 'PATCH'],
    ['a PATCH', 'PATCH', 'PUT'],
    ['a PATCH', 'PATCH', 'PATCH'],
  ] as const)(
    'keeps what came of %s that was cut in its body, tells how much, and takes the rest by %3$s',
    async (_, method, rest) => {
      const repo = repository();
      const bytes = randomBytes(300_000);
      const opened = await call('POST', `/v2/${repo}/blobs/uploads/`);
      const at = new URL(String(opened.headers['location']), base());
      const end = (location: unknown): URL => {
        const url = new URL(String(location), base());
        url.searchParams.set('digest', sha256Of(bytes));
        return url;
      };
      await cut(method, method === 'PUT' ? end(at) : at, bytes, 100_000);
      const status = await vi.waitFor(async () => {
        const told = await call('GET', at.href);
        expect([told.status, told.headers['range']]).toEqual([204, '0-99999']);
        return told;
      }, 15_000);
      const location = new URL(String(status.headers['location']), base());
      const sendRest = (url: URL, from: number) =>
        call(rest, url.href, bytes.subarray(from), {
          'content-type': 'application/octet-stream',
          'content-range': `${from}-${bytes.byteLength - 1}`,
        });
      // The place that the registry named is not only a number: the address of before belongs to the place of before.
      expect((await sendRest(rest === 'PUT' ? end(at) : at, 100_000)).status).toBe(416);
      if (rest === 'PATCH') expect((await sendRest(location, 50_000)).status).toBe(416);
      const taken = await sendRest(rest === 'PUT' ? end(location) : location, 100_000);
      expect(taken.status).toBe(rest === 'PUT' ? 201 : 202);
      if (rest === 'PATCH') expect((await call('PUT', end(taken.headers['location']).href)).status).toBe(201);
      expect((await call('GET', `/v2/${repo}/blobs/${sha256Of(bytes)}`)).body.equals(bytes)).toBe(true);
    },
  );

  it('tells nothing of an upload that it does not know', async () => {
    const repo = repository();
    expect((await call('POST', `/v2/${repo}/blobs/uploads/`)).status).toBe(202);
    expect((await call('GET', `/v2/${repo}/blobs/uploads/${randomUUID()}`)).status).toBe(404);
  });
}
