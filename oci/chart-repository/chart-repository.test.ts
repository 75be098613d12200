import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { type ChartRepository, createChartRepository } from './chart-repository.ts';

type Answer = { status?: number; headers?: Record<string, string>; body?: string | Buffer };
type Seen = { path: string; authorization: string | undefined };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A file server on loopback; what is not there is 404. */
async function serve(files: Record<string, Answer | (() => Answer)>): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    seen.push({ path, authorization: request.headers.authorization });
    const file = files[path];
    const { status = 200, headers = {}, body = '' } = (typeof file === 'function' ? file() : file) ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, seen };
}

const chart = Buffer.from('an archive');
const indexOf = (url: string, digest: string | null = sha256(chart).slice(7)): string =>
  `entries:\n  redis:\n  - version: 1.2.3\n    urls: [${JSON.stringify(url)}]\n${digest === null ? '' : `    digest: ${digest}\n`}`;
const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
function open(url: string, options: Partial<Parameters<typeof createChartRepository>[0]> = {}): ChartRepository {
  const repository = createChartRepository({ url, plainHttp: true, clock, ...options });
  closing.push(() => repository.close());
  return repository;
}
const redis = { name: 'redis', version: '1.2.3' };

describe('a chart repository', () => {
  it('gives a chart by its index, and its provenance where there is one', async () => {
    const { url } = await serve({
      '/stable/index.yaml': { body: indexOf('charts/redis.tgz') },
      '/stable/charts/redis.tgz': { body: chart },
      '/stable/charts/redis.tgz.prov': { body: 'signed' },
    });
    const repository = open(`${url}/stable`);
    const found = await repository.find(redis);
    expect(found.url.pathname).toBe('/stable/charts/redis.tgz');
    expect(Buffer.from(await repository.archive(found))).toEqual(chart);
    expect(Buffer.from((await repository.provenance(found)) ?? '').toString()).toBe('signed');
  });

  it('reads its index once for all charts, and again when that failed', async () => {
    let tries = 0;
    const { url, seen } = await serve({
      '/index.yaml': () => (++tries <= 6 ? { status: 500 } : { body: indexOf('r.tgz') }),
    });
    const repository = open(url, { retry: { attempts: 6 } });
    await expect(repository.find(redis)).rejects.toMatchObject({ code: 'LF-OCI-010', temporary: true });
    await repository.find(redis);
    await repository.find(redis);
    expect(seen).toHaveLength(7);
  });

  it('that answers a chart of other bytes than its digest is refused', async () => {
    const { url } = await serve({ '/index.yaml': { body: indexOf('r.tgz') }, '/r.tgz': { body: 'another archive' } });
    const repository = open(url);
    await expect(repository.archive(await repository.find(redis))).rejects.toMatchObject({ code: 'LF-OCI-005' });
  });

  it.each([
    ['has no such version', { name: 'redis', version: '9.9.9' }, undefined, /no redis 9\.9\.9; it has 1\.2\.3/],
    ['has no such chart', { name: 'nginx', version: '1.0.0' }, undefined, /no chart of that name/],
    ['has it with another digest', { ...redis, digest: sha256('other') }, undefined, /and sha256:.* is wanted/],
    ['gives no digest', redis, null, /gives no digest .* name it in landfall\.yaml/],
  ])('that %s is refused', async (_, wanted, digest, message) => {
    const { url } = await serve({ '/index.yaml': { body: indexOf('r.tgz', digest) } });
    const failure = open(url).find(wanted);
    await expect(failure).rejects.toMatchObject({ code: 'LF-OCI-031' });
    await expect(failure).rejects.toThrow(message);
  });

  it('takes the digest of landfall.yaml where the index has none', async () => {
    const { url } = await serve({ '/index.yaml': { body: indexOf('r.tgz', null) }, '/r.tgz': { body: chart } });
    const repository = open(url);
    const found = await repository.find({ ...redis, digest: sha256(chart) });
    expect(Buffer.from(await repository.archive(found))).toEqual(chart);
  });

  it('hears the login without asking, and nobody else ever does', async () => {
    const store = await serve({ '/redis.tgz': { body: chart }, '/moved.tgz': { body: chart } });
    const { url, seen } = await serve({
      '/index.yaml': { body: indexOf(`${store.url}/redis.tgz`) },
      '/redis.tgz': { status: 302, headers: { location: `${store.url}/moved.tgz` } },
    });
    const credentials = () => Promise.resolve({ username: 'u', password: 'p' });
    const repository = open(url, { credentials });
    const found = await repository.find(redis);
    await repository.archive(found);
    await repository.archive({ ...found, url: new URL('/redis.tgz', url) });
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(seen.map(({ authorization }) => authorization)).toEqual([basic, basic]);
    expect(store.seen.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/redis.tgz', undefined],
      ['/moved.tgz', undefined],
    ]);
  });

  it('may not lead further into the network than itself: neither by a link nor by a redirect', async () => {
    const { url } = await serve({
      '/index.yaml': { body: indexOf('http://169.254.169.254/latest/meta-data') },
      '/r.tgz': { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
    });
    const repository = open(url);
    const found = await repository.find(redis);
    await expect(repository.archive(found)).rejects.toMatchObject({ code: 'LF-OCI-007' });
    const redirected = repository.archive({ ...found, url: new URL('/r.tgz', url) });
    await expect(redirected).rejects.toMatchObject({ code: 'LF-OCI-007' });
  });

  it.each([
    ['plain http beyond this machine', 'http://charts.example.com', 'LF-OCI-007'],
    ['another scheme', 'ftp://charts.example.com', 'LF-OCI-030'],
    ['a login in its address', 'https://u:p@charts.example.com', 'LF-OCI-030'],
  ])('is not spoken to with %s', (_, url, code) => {
    expect(() => createChartRepository({ url, plainHttp: true })).toThrow(expect.objectContaining({ code }));
  });

  it('may send no more than a chart has', async () => {
    const { url } = await serve({
      '/index.yaml': { body: indexOf('r.tgz') },
      '/r.tgz': { body: Buffer.alloc(21 * 1024 * 1024) },
    });
    const repository = open(url);
    await expect(repository.archive(await repository.find(redis))).rejects.toMatchObject({ code: 'LF-OCI-006' });
  });
});
