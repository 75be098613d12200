import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { sha256Of } from './content.ts';
import { type Call, cutUploadContract } from './cut-upload-contract.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

/**
 * What any registry does, by the distribution specification, asked by plain HTTP and not by our client. CNCF distribution and the
 * fault registry pass the same list: a test against the one says something about the other. `referrers`: it has the referrers API, which
 * CNCF distribution 3.1 has not; the fault registry has it by option.
 */
export function registryContract(name: string, address: () => string, { referrers }: { referrers: boolean }): void {
  const base = (): string => `http://${address()}`;
  const call: Call = async (method, path, body, headers = {}) => {
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
  const putManifest = async (repo: string, reference: string, manifest: Uint8Array): Promise<void> => {
    const path = `/v2/${repo}/manifests/${reference}`;
    expect((await call('PUT', path, manifest, { 'content-type': manifestType })).status).toBe(201);
  };
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

    it.each([
      ['bytes=0-0', 206, 'bytes 0-0/1000'],
      ['bytes=999-', 206, 'bytes 999-999/1000'],
      ['bytes=10-5000', 206, 'bytes 10-999/1000'],
      ['bytes=1000-1001', 416, undefined],
    ])('answers %s with %i', async (range, status, told) => {
      const repo = repository();
      const digest = await push(repo, randomBytes(1000));
      const part = await call('GET', `/v2/${repo}/blobs/${digest}`, undefined, { range });
      expect(part.status).toBe(status);
      if (told !== undefined) expect(part.headers['content-range']).toBe(told);
    });

    it('refuses a blob that is not what its digest says', async () => {
      const repo = repository();
      const opened = await call('POST', `/v2/${repo}/blobs/uploads/`);
      const at = new URL(String(opened.headers['location']), base());
      at.searchParams.set('digest', sha256Of(Buffer.from('something else')));
      expect((await call('PUT', at.href, Buffer.from('this'))).status).toBe(400);
      expect((await call('HEAD', `/v2/${repo}/blobs/${sha256Of(Buffer.from('this'))}`)).status).toBe(404);
    });

    it('refuses a manifest that is not what its digest says', async () => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      const at = `/v2/${repo}/manifests/${sha256Of(Buffer.from('something else'))}`;
      const put = await call('PUT', at, manifestOf(Buffer.from('{}'), []), { 'content-type': manifestType });
      expect(put.status).toBe(400);
    });

    it('forgets an upload that was refused or never was', async () => {
      const repo = repository();
      const put = await call('PUT', `/v2/${repo}/blobs/uploads/${randomUUID()}?digest=${sha256Of(Buffer.from(''))}`);
      expect(put.status).toBe(404);
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

    cutUploadContract({ base, call, repository });

    it('mounts a blob from the repository itself: one request tells that it is there', async () => {
      const repo = repository();
      const digest = await push(repo, randomBytes(50));
      expect((await call('POST', `/v2/${repo}/blobs/uploads/?mount=${digest}&from=${repo}`)).status).toBe(201);
    });

    it('opens an upload where there is nothing to mount', async () => {
      const repo = repository();
      const bytes = randomBytes(50);
      for (const from of [repo, repository()]) {
        const opened = await call('POST', `/v2/${repo}/blobs/uploads/?mount=${sha256Of(bytes)}&from=${from}`);
        expect(opened.status).toBe(202);
        const at = new URL(String(opened.headers['location']), base());
        at.searchParams.set('digest', sha256Of(bytes));
        expect((await call('PUT', at.href, bytes)).status).toBe(201);
      }
    });

    it('does not give a blob of one repository through another', async () => {
      const [from, to] = [repository(), repository()];
      const digest = await push(from, randomBytes(50));
      await push(to, Buffer.from('{}'));
      expect((await call('HEAD', `/v2/${to}/blobs/${digest}`)).status).toBe(404);
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
      for (const tag of ['a', 'b', 'c']) await putManifest(repo, tag, manifest);
      const page = await call('GET', `/v2/${repo}/tags/list?n=2`);
      expect(JSON.parse(page.body.toString())).toMatchObject({ tags: ['a', 'b'] });
      const next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1] ?? '';
      const last = await call('GET', next);
      expect(JSON.parse(last.body.toString())).toMatchObject({ tags: ['c'] });
      expect(last.headers['link']).toBeUndefined();
    });

    it('has no tags to list in a repository that it does not know', async () => {
      expect((await call('GET', `/v2/${repository()}/tags/list`)).status).toBe(404);
    });

    it('lists its repositories over pages', async () => {
      const repos = [repository(), repository()];
      for (const repo of repos) {
        await push(repo, Buffer.from('{}'));
        await putManifest(repo, 'v1', manifestOf(Buffer.from('{}'), []));
      }
      const seen: string[] = [];
      for (let next = '/v2/_catalog?n=1'; next !== '';) {
        const page = await call('GET', next);
        const { repositories } = z
          .object({ repositories: z.array(z.string()) })
          .parse(JSON.parse(page.body.toString()));
        expect(repositories.length).toBeLessThanOrEqual(1);
        seen.push(...repositories);
        next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1] ?? '';
      }
      expect(seen).toEqual(expect.arrayContaining(repos));
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('lets a tag go to another manifest, and keeps the first by its digest', async () => {
      const repo = repository();
      for (const each of ['{}', '{"a":1}']) await push(repo, Buffer.from(each));
      const [one, two] = [manifestOf(Buffer.from('{}'), []), manifestOf(Buffer.from('{"a":1}'), [])];
      for (const each of [one, two]) await putManifest(repo, 'v1', each);
      const head = await call('HEAD', `/v2/${repo}/manifests/v1`, undefined, { accept: manifestType });
      expect(head.headers['docker-content-digest']).toBe(sha256Of(two));
      const first = await call('GET', `/v2/${repo}/manifests/${sha256Of(one)}`, undefined, { accept: manifestType });
      expect(first.body.equals(one)).toBe(true);
    });

    it('deletes a manifest by its digest, and its tags with it', async () => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      const manifest = manifestOf(Buffer.from('{}'), []);
      await putManifest(repo, 'v1', manifest);
      const at = `/v2/${repo}/manifests/${sha256Of(manifest)}`;
      const look = async (path: string) => (await call('HEAD', path, undefined, { accept: manifestType })).status;
      expect(await look(at)).toBe(200);
      expect((await call('DELETE', at)).status).toBe(202);
      expect([await look(at), await look(`/v2/${repo}/manifests/v1`)]).toEqual([404, 404]);
      expect((await call('DELETE', at)).status).toBe(404);
    });

    it('takes an index after its manifests, not before', async () => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      const manifest = manifestOf(Buffer.from('{}'), []);
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: indexType,
          manifests: [
            {
              mediaType: manifestType,
              digest: sha256Of(manifest),
              size: manifest.byteLength,
              platform: { os: 'linux', architecture: 'amd64' },
            },
          ],
        }),
      );
      const put = () => call('PUT', `/v2/${repo}/manifests/v1`, index, { 'content-type': indexType });
      expect([400, 404]).toContain((await put()).status);
      await putManifest(repo, sha256Of(manifest), manifest);
      expect((await put()).status).toBe(201);
      const got = await call('GET', `/v2/${repo}/manifests/v1`, undefined, { accept: indexType });
      expect([got.headers['content-type'], got.body.equals(index)]).toEqual([indexType, true]);
    });

    it(`${referrers ? 'tells' : 'has no API that tells'} what refers to a manifest`, async () => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      const image = manifestOf(Buffer.from('{}'), []);
      const subject = { mediaType: manifestType, digest: sha256Of(image), size: image.byteLength };
      const signature = manifestOf(Buffer.from('{}'), [], { subject });
      for (const each of [image, signature]) await putManifest(repo, sha256Of(each), each);
      const answer = await call('GET', `/v2/${repo}/referrers/${subject.digest}`);
      expect(answer.status).toBe(referrers ? 200 : 404);
      if (referrers) {
        const { manifests } = z
          .object({ manifests: z.array(z.object({ digest: z.string() })) })
          .parse(JSON.parse(answer.body.toString()));
        expect(manifests.map(({ digest }) => digest)).toEqual([sha256Of(signature)]);
      }
    });

    it.each(['blobs', 'manifests'])('says 404 for %s that it does not have', async (kind) => {
      const repo = repository();
      await push(repo, Buffer.from('{}'));
      expect((await call('GET', `/v2/${repo}/${kind}/${sha256Of(Buffer.from('no'))}`)).status).toBe(404);
    });
  });
}
