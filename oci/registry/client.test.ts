import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, sha256 } from '../../contract/index.ts';
import { rawManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { type FakeRegistry, refuse, startFakeRegistry } from '../testing/fake-registry.ts';
import { createRegistryClient, type RegistryClientOptions } from './client.ts';

let registry: FakeRegistry;
const slept: number[] = [];
let now = Date.parse('2026-01-01T00:00:00Z');
/** Stands still but for its sleeps. */
const clock: Clock = {
  now: () => new Date(now),
  sleep: async (ms) => {
    slept.push(ms);
    now += ms;
  },
};
const clientOf = (more: Partial<RegistryClientOptions> = {}) =>
  createRegistryClient({ host: registry.host, plainHttp: true, clock, ...more });

beforeEach(async () => {
  registry = await startFakeRegistry();
  slept.length = 0;
});
afterEach(() => registry.stop());

const blob = Buffer.from('some bytes');
const content = { digest: sha256(blob), size: blob.length };
const config = { mediaType: mediaTypes.empty, digest: sha256('{}'), size: 2 };
const manifest = rawManifest(
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.imageManifest, config, layers: [] })),
  mediaTypes.imageManifest,
);
const read = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const chunk of source) text += Buffer.from(chunk).toString();
  return text;
};

describe('a registry client', () => {
  it('stores and fetches blobs, empty ones too', async () => {
    const client = clientOf();
    expect(await client.blobExists('a/b', content.digest)).toBe(false);
    await client.putBlob('a/b', content, blob);
    expect(await client.blobExists('a/b', content.digest)).toBe(true);
    expect(await read(await client.getBlob('a/b', content))).toBe('some bytes');
    const empty = { digest: sha256(''), size: 0 };
    await client.putBlob('a/b', empty, new Uint8Array());
    expect(await read(await client.getBlob('a/b', empty))).toBe('');
  });

  it('stores manifests byte for byte, under their digest and under a tag', async () => {
    const client = clientOf();
    expect(await client.headManifest('a', 'v1')).toBeUndefined();
    await client.putManifest('a', manifest, { tag: 'v1' });
    expect(await client.getManifest('a', 'v1')).toEqual(manifest);
    expect(await client.headManifest('a', manifest.digest)).toMatchObject({ digest: manifest.digest });
  });

  it('lists tags over all pages', async () => {
    const client = clientOf();
    for (const tag of ['1', '2', '3', '4', '5']) await client.putManifest('a', manifest, { tag });
    expect(await client.listTags('a')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('takes a blob over from another repository, or says that it could not', async () => {
    registry.blobs.set(content.digest, blob);
    expect(await clientOf().mountBlob('b', content.digest, 'a')).toBe(true);
    expect(await clientOf().mountBlob('b', sha256('other'), 'a')).toBe(false);
  });

  it.each(['../etc', 'a?x=', 'A', 'a//b'])('never puts %s into a path', async (repository) => {
    await expect(clientOf().getManifest(repository, 'v1')).rejects.toMatchObject({ code: 'LF-OCI-001' });
    await expect(clientOf().getManifest('a', '../v1')).rejects.toMatchObject({ code: 'LF-OCI-001' });
    expect(registry.requests).toEqual([]);
  });

  it('refuses plain http but for loopback', () => {
    expect(() => clientOf({ host: 'registry.example' })).toThrow(/plain http is refused/);
  });
});

describe('wrong bytes from a registry', () => {
  it.each([
    ['another blob', 'SOME BYTES', 'LF-OCI-005'],
    ['a shorter blob', 'some', 'LF-OCI-005'],
    ['a longer blob', 'some bytes and more', 'LF-OCI-005'],
  ])('%s', async (_, text, code) => {
    registry.blobs.set(content.digest, Buffer.from(text));
    const client = clientOf();
    const fetched = (async () => read(await client.getBlob('a', content)))();
    await expect(fetched).rejects.toMatchObject({ code });
  });

  it('a blob that says the right length and then ends', async () => {
    registry.intercept = (_, response) => {
      response.writeHead(200, { 'content-length': content.size });
      response.write('some');
      setImmediate(() => response.destroy());
      return true;
    };
    const fetched = (async () => read(await clientOf().getBlob('a', content)))();
    await expect(fetched).rejects.toMatchObject({ code: 'LF-OCI-002', temporary: true });
  });

  it('another manifest under a digest, and one that is not what the registry says', async () => {
    registry.manifests.set(`a/${sha256('x')}`, manifest);
    await expect(clientOf().getManifest('a', sha256('x'))).rejects.toMatchObject({ code: 'LF-OCI-005' });
    registry.intercept = (_, response) => {
      response.writeHead(200, { 'docker-content-digest': sha256('x') }).end(manifest.bytes);
      return true;
    };
    await expect(clientOf().getManifest('a', 'v1')).rejects.toMatchObject({ code: 'LF-OCI-005' });
  });

  it('an endless manifest', async () => {
    registry.intercept = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(256 * 1024)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return true;
    };
    await expect(clientOf().getManifest('a', 'v1')).rejects.toMatchObject({ code: 'LF-OCI-006' });
  });

  it('wrong bytes of our own are never completed as a blob', async () => {
    const put = clientOf().putBlob('a', content, Buffer.from('SOME BYTES'));
    await expect(put).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(registry.blobs.size).toBe(0);
  });
});

describe('a registry that is away or busy', () => {
  it('is asked again after what it asks for, and after a growing while', async () => {
    let count = 0;
    registry.blobs.set(content.digest, blob);
    registry.intercept = (_, response) => {
      count++;
      if (count === 1) refuse(response, 429, 'TOOMANYREQUESTS', { 'retry-after': '7' });
      else if (count === 2) refuse(response, 503, 'UNAVAILABLE');
      else if (count === 3) response.destroy();
      else return false;
      return true;
    };
    expect(await read(await clientOf({ retry: { random: () => 1 } }).getBlob('a', content))).toBe('some bytes');
    expect(slept).toEqual([7000, 400, 800]);
  });

  it('is given up after a bounded number of attempts', async () => {
    registry.intercept = (_, response) => {
      refuse(response, 503, 'UNAVAILABLE');
      return true;
    };
    await expect(clientOf({ retry: { attempts: 3 } }).listTags('a')).rejects.toMatchObject({
      code: 'LF-OCI-010',
      temporary: true,
    });
    expect(registry.requests).toHaveLength(3);
  });

  it('is not asked again when it refuses', async () => {
    registry.intercept = (_, response) => {
      refuse(response, 403, 'DENIED');
      return true;
    };
    await expect(clientOf().listTags('a')).rejects.toMatchObject({ code: 'LF-OCI-003', temporary: false });
    expect(registry.requests).toHaveLength(1);
  });

  it('a whole upload is repeated from its beginning', async () => {
    let puts = 0;
    registry.intercept = ({ method }, response) => {
      if (method !== 'PUT' || ++puts > 1) return false;
      response.destroy();
      return true;
    };
    let opened = 0;
    await clientOf().putBlob('a', content, async function* () {
      opened++;
      yield blob.subarray(0, 4);
      yield blob.subarray(4);
    });
    expect(opened).toBe(2);
    expect(registry.blobs.get(content.digest)).toEqual(blob);
  });

  it('lets go at once when its caller does', async () => {
    const caller = new AbortController();
    registry.intercept = () => {
      caller.abort();
      return true;
    };
    await expect(clientOf().listTags('a', { signal: caller.signal })).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(registry.requests).toHaveLength(1);
  });
});
