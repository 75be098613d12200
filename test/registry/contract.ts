import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { sha256Of } from './content.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/**
 * What any registry does, by the distribution specification, asked by plain HTTP and not by our client. CNCF distribution and the
 * fault registry pass the same list: a test against the one says something about the other.
 */
export function registryContract(name: string, address: () => string): void {
  const base = (): string => `http://${address()}`;
  const call = async (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: Uint8Array | string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> => {
    const answer = await request(new URL(path, base()), { method, body: body ?? null, headers });
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
  };
  const push = async (repository: string, bytes: Uint8Array): Promise<string> => {
    const digest = sha256Of(bytes);
    const opened = await call('POST', `/v2/${repository}/blobs/uploads/`);
    expect(opened.status).toBe(202);
    const at = new URL(String(opened.headers['location']), base());
    at.searchParams.set('digest', digest);
    const put = await call('PUT', at.href, bytes, { 'content-type': 'application/octet-stream' });
    expect(put.status).toBe(201);
    return digest;
  };
  const manifestOf = (config: Uint8Array, layers: readonly Uint8Array[], more: object = {}): Buffer =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256Of(config), size: config.byteLength },
        layers: layers.map((layer) => ({
          mediaType: 'application/octet-stream',
          digest: sha256Of(layer),
          size: layer.byteLength,
        })),
        ...more,
      }),
    );
  const repository = (): string => `contract/${randomUUID().slice(0, 8)}`;

  describe(`${name}, by the distribution specification`, () => {
    it('says that it speaks version 2', async () => {
      expect((await call('GET', '/v2/')).status).toBe(200);
    });

    it('keeps a blob by its digest, the empty one too, and gives it back whole', async () => {
      const repo = repository();
      for (const bytes of [randomBytes(100_000), new Uint8Array()]) {
        const digest = await push(repo, bytes);
        const head = await call('HEAD', `/v2/${repo}/blobs/${digest}`);
        expect([head.status, head.headers['content-length']]).toEqual([200, String(bytes.byteLength)]);
        expect((await call('GET', `/v2/${repo}/blobs/${digest}`)).body.equals(Buffer.from(bytes))).toBe(true);
      }
    });

    it('gives a closed range of a blob with 206 and says which', async () => {
      const repo = repository();
      const bytes = randomBytes(1000);
      const digest = await push(repo, bytes);
      const part = await call('GET', `/v2/${repo}/blobs/${digest}`, undefined, { range: 'bytes=400-999' });
      expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 400-999/1000']);
      expect(part.body.equals(bytes.subarray(400))).toBe(true);
    });

    it('refuses a blob that is not what its digest says', async () => {
      const repo = repository();
      const opened = await call('POST', `/v2/${repo}/blobs/uploads/`);
      const at = new URL(String(opened.headers['location']), base());
      at.searchParams.set('digest', sha256Of(Buffer.from('something else')));
      expect((await call('PUT', at.href, Buffer.from('this'))).status).toBe(400);
    });

    it('takes a blob in chunks, and refuses one that does not follow', async () => {
      const repo = repository();
      const bytes = randomBytes(3000);
      const opened = await call('POST', `/v2/${repo}/blobs/uploads/`);
      const chunk = (at: string, from: number, to: number) =>
        call('PATCH', new URL(at, base()).href, bytes.subarray(from, to), {
          'content-type': 'application/octet-stream',
          'content-range': `${from}-${to - 1}`,
        });
      const first = await chunk(String(opened.headers['location']), 0, 1000);
      expect([first.status, first.headers['range']]).toEqual([202, '0-999']);
      expect((await chunk(String(first.headers['location']), 2000, 3000)).status).toBe(416);
      const second = await chunk(String(first.headers['location']), 1000, 3000);
      const end = new URL(String(second.headers['location']), base());
      end.searchParams.set('digest', sha256Of(bytes));
      expect((await call('PUT', end.href)).status).toBe(201);
      expect((await call('GET', `/v2/${repo}/blobs/${sha256Of(bytes)}`)).body.equals(bytes)).toBe(true);
    });

    it('mounts a blob of another repository', async () => {
      const [from, to] = [repository(), repository()];
      const digest = await push(from, randomBytes(50));
      expect((await call('POST', `/v2/${to}/blobs/uploads/?mount=${digest}&from=${from}`)).status).toBe(201);
      expect((await call('HEAD', `/v2/${to}/blobs/${digest}`)).status).toBe(200);
    });

    it('keeps a manifest byte for byte, by digest and by tag', async () => {
      const repo = repository();
      const config = Buffer.from('{}');
      const layer = randomBytes(20);
      await push(repo, config);
      await push(repo, layer);
      const manifest = manifestOf(config, [layer]);
      const put = await call('PUT', `/v2/${repo}/manifests/v1`, manifest, { 'content-type': manifestType });
      expect([put.status, put.headers['docker-content-digest']]).toEqual([201, sha256Of(manifest)]);
      for (const reference of ['v1', sha256Of(manifest)]) {
        const got = await call('GET', `/v2/${repo}/manifests/${reference}`, undefined, { accept: manifestType });
        expect([got.status, got.headers['content-type']]).toEqual([200, manifestType]);
        expect(got.body.equals(manifest)).toBe(true);
      }
    });

    it('refuses a manifest whose blobs are not there', async () => {
      const manifest = manifestOf(Buffer.from('{}'), [randomBytes(20)]);
      const put = await call('PUT', `/v2/${repository()}/manifests/v1`, manifest, { 'content-type': manifestType });
      expect([400, 404]).toContain(put.status);
    });

    it('lists tags over pages', async () => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      const manifest = manifestOf(Buffer.from('{}'), []);
      for (const tag of ['a', 'b', 'c'])
        await call('PUT', `/v2/${repo}/manifests/${tag}`, manifest, { 'content-type': manifestType });
      const page = await call('GET', `/v2/${repo}/tags/list?n=2`);
      expect(JSON.parse(page.body.toString())).toMatchObject({ tags: ['a', 'b'] });
      const next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1] ?? '';
      expect(JSON.parse((await call('GET', next)).body.toString())).toMatchObject({ tags: ['c'] });
    });

    it.each(['blobs', 'manifests'])('says 404 for %s that it does not have', async (kind) => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      expect((await call('GET', `/v2/${repo}/${kind}/${sha256Of(Buffer.from('no'))}`)).status).toBe(404);
    });
  });
}
