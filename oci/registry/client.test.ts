import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, type Digest, sha256 } from '../../contract/index.ts';
import { rawManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import { createRegistryClient, type RegistryClientOptions } from './client.ts';

let registry: FaultRegistry;
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
  registry = await startFaultRegistry({ habits: { pageSize: 2 } });
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
/** The bytes under a digest that may be another's. */
const plant = (bytes: Uint8Array, digest: Digest = content.digest): void => {
  registry.content.blobs.set(digest, bytes);
  registry.content.repository('a').blobs.add(digest);
};
const plantConfig = (): void => plant(Buffer.from('{}'), config.digest);
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
    plantConfig();
    const client = clientOf();
    expect(await client.headManifest('a', 'v1')).toBeUndefined();
    await client.putManifest('a', manifest, { tag: 'v1' });
    expect(await client.getManifest('a', 'v1')).toEqual({ ...manifest, from: `${registry.host}/a` });
    expect(await client.headManifest('a', manifest.digest)).toMatchObject({ digest: manifest.digest });
  });

  it('lists tags over all pages', async () => {
    plantConfig();
    const client = clientOf();
    for (const tag of ['1', '2', '3', '4', '5']) await client.putManifest('a', manifest, { tag });
    expect(await client.listTags('a')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('takes a blob over from another repository, or says that it could not', async () => {
    plant(blob);
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
    plant(Buffer.from(text));
    const client = clientOf();
    const fetched = (async () => read(await client.getBlob('a', content)))();
    await expect(fetched).rejects.toMatchObject({ code });
  });

  it('a blob that says the right length and then ends', async () => {
    const headers = { 'content-length': String(content.size) };
    registry.fault({ fault: { kind: 'answer', status: 200, headers, body: 'some', cut: true } });
    const fetched = (async () => read(await clientOf().getBlob('a', content)))();
    await expect(fetched).rejects.toMatchObject({ code: 'LF-OCI-002', temporary: true });
  });

  it('another manifest under a digest, and one that is not what the registry says', async () => {
    registry.content.repository('a').manifests.set(sha256('x'), { ...manifest, subject: undefined });
    await expect(clientOf().getManifest('a', sha256('x'))).rejects.toMatchObject({ code: 'LF-OCI-005' });
    const headers = { 'docker-content-digest': sha256('x') };
    registry.fault({ fault: { kind: 'answer', status: 200, headers, body: manifest.bytes } });
    await expect(clientOf().getManifest('a', 'v1')).rejects.toMatchObject({ code: 'LF-OCI-005' });
  });

  it('an endless manifest', async () => {
    registry.content.repository('a').manifests.set(manifest.digest, { ...manifest, subject: undefined });
    registry.fault({ fault: { kind: 'endless' } });
    await expect(clientOf().getManifest('a', manifest.digest)).rejects.toMatchObject({ code: 'LF-OCI-006' });
  });

  it('wrong bytes of our own are never completed as a blob', async () => {
    const put = clientOf().putBlob('a', content, Buffer.from('SOME BYTES'));
    await expect(put).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(registry.content.blobs.size).toBe(0);
  });
});

describe('a registry that is away or busy', () => {
  it('is asked again after what it asks for, and after a growing while', async () => {
    plant(blob);
    registry.fault({ times: 1, fault: { kind: 'status', status: 429, retryAfter: '7' } });
    registry.fault({ times: 1, fault: { kind: 'status', status: 503 } });
    registry.fault({ times: 1, fault: { kind: 'no-answer' } });
    expect(await read(await clientOf({ retry: { random: () => 1 } }).getBlob('a', content))).toBe('some bytes');
    expect(slept).toEqual([7000, 400, 800]);
  });

  it('is given up after a bounded number of attempts', async () => {
    registry.fault({ fault: { kind: 'status', status: 503 } });
    await expect(clientOf({ retry: { attempts: 3 } }).listTags('a')).rejects.toMatchObject({
      code: 'LF-OCI-010',
      temporary: true,
    });
    expect(registry.requests).toHaveLength(3);
  });

  it('is not asked again when it refuses', async () => {
    registry.fault({ fault: { kind: 'status', status: 403, code: 'DENIED' } });
    await expect(clientOf().listTags('a')).rejects.toMatchObject({ code: 'LF-OCI-003', temporary: false });
    expect(registry.requests).toHaveLength(1);
  });

  it('a small upload is repeated from memory', async () => {
    registry.fault({ on: 'upload-end', times: 1, fault: { kind: 'no-answer' } });
    let opened = 0;
    await clientOf().putBlob('a', content, async function* () {
      opened++;
      yield blob.subarray(0, 4);
      yield blob.subarray(4);
    });
    expect(opened).toBe(1);
    expect(registry.content.blob('a', content.digest)).toEqual(blob);
  });

  it('lets go at once when its caller does', async () => {
    const caller = new AbortController();
    registry.fault({
      when: () => {
        caller.abort();
        return true;
      },
      fault: { kind: 'silent' },
    });
    await expect(clientOf().listTags('a', { signal: caller.signal })).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(registry.requests).toHaveLength(1);
  });
});
