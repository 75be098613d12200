import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestSchema } from '../../contract/index.ts';
import { createRegistryClient, type RegistryClient } from '../../oci/index.ts';
import { sha256Of } from './content.ts';
import { ecrHabits, type FaultRegistry, type FaultRegistryOptions, startFaultRegistry } from './fault-registry.ts';
import { mebibyte } from './fault-row.ts';
import type { Fault, Operation } from './faults.ts';
import { paths } from './paths.ts';

const repository = 'shop/gateway';
const waited: number[] = [];
let now = 0;
/** Stands still but for its sleeps. */
const clock = {
  now: () => new Date(now),
  sleep: (ms: number) => {
    waited.push(ms);
    now += ms;
    return Promise.resolve();
  },
};

let registry: FaultRegistry;
let client: RegistryClient;
beforeEach(() => {
  waited.length = 0;
});
afterEach(async () => {
  await client.close();
  await registry.stop();
});

/** One blob through the client alone: what the matrix, which copies whole artifacts, cannot see. */
describe.each(paths)('one blob by %s', (_, path) => {
  const open = async (more: FaultRegistryOptions = {}): Promise<void> => {
    registry = await startFaultRegistry({ ...path.registry, ...more });
    client = createRegistryClient({ host: registry.host, clock, ...path.client });
  };
  const planted = async (size: number): Promise<{ digest: Digest; size: number; bytes: Buffer }> => {
    await open();
    const bytes = randomBytes(size);
    return { bytes, size, digest: digestSchema.parse(registry.content.addBlob(repository, bytes)) };
  };
  const pull = async (content: { digest: Digest; size: number }, got: Uint8Array[] = []): Promise<Buffer> => {
    for await (const chunk of await client.getBlob(repository, content)) got.push(Uint8Array.from(chunk));
    return Buffer.concat(got);
  };
  const push = async (bytes: Uint8Array, pieces = 65_536): Promise<Uint8Array | undefined> => {
    const content = { digest: digestSchema.parse(sha256Of(bytes)), size: bytes.byteLength };
    await client.putBlob(repository, content, async function* body() {
      for (let at = 0; at < bytes.byteLength; at += pieces) yield bytes.subarray(at, at + pieces);
    });
    return registry.content.blob(repository, content.digest);
  };
  const operations = (): (Operation | undefined)[] => registry.requests.map((each) => each.operation);

  it('asks for exactly the rest after a cut, to the last byte', async () => {
    const content = await planted(mebibyte);
    registry.fault({ on: 'blob-get', times: 1, fault: { kind: 'cut', after: 1000 } });
    expect((await pull(content)).equals(content.bytes)).toBe(true);
    expect(registry.requests.map((each) => each.range)).toEqual([undefined, `bytes=1000-${mebibyte - 1}`]);
  });

  it('waits as long as Retry-After says, on the way in and on the way out', async () => {
    const content = await planted(1000);
    registry.fault({ on: 'blob-get', times: 1, fault: { kind: 'status', status: 429, retryAfter: '7' } });
    registry.fault({ on: 'upload-end', times: 1, fault: { kind: 'status', status: 503, retryAfter: '9' } });
    await pull(content);
    await push(randomBytes(10));
    expect(waited).toEqual([7000, 9000]);
  });

  it.each<[string, Fault, code: string]>([
    ['other bytes', { kind: 'wrong-bytes' }, 'LF-OCI-005'],
    ['a longer length than announced', { kind: 'wrong-length', by: 5 }, 'LF-OCI-005'],
    ['a shorter length than announced', { kind: 'wrong-length', by: -5 }, 'LF-OCI-005'],
    ['a body without an end', { kind: 'endless' }, 'LF-OCI-005'],
    ['cuts for ever without progress', { kind: 'cut', after: 0 }, 'LF-OCI-002'],
  ])('hands nothing on as whole that is wrong: %s', async (_name, fault, code) => {
    const content = await planted(mebibyte);
    registry.fault({ on: 'blob-get', fault });
    const got: Uint8Array[] = [];
    await expect(pull(content, got)).rejects.toMatchObject({ code });
    expect(Buffer.concat(got).byteLength).toBeLessThan(mebibyte);
    expect(registry.struck()).toBeGreaterThan(0);
  });

  it('puts a blob in two requests and never in chunks, as ECR wants it', async () => {
    await open({ habits: ecrHabits });
    registry.content.repository(repository);
    const bytes = randomBytes(10 * mebibyte);
    expect(Buffer.compare((await push(bytes)) ?? new Uint8Array(), bytes)).toBe(0);
    expect(operations()).toEqual(['upload-start', 'upload-end']);
  });

  it('learns the limit of a registry once: later blobs come in chunks at once', async () => {
    await open({ habits: { maxBodyBytes: 4 * mebibyte } });
    const [first, second] = [randomBytes(9 * mebibyte), randomBytes(9 * mebibyte)];
    expect(Buffer.compare((await push(first)) ?? new Uint8Array(), first)).toBe(0);
    registry.requests.length = 0;
    expect(Buffer.compare((await push(second)) ?? new Uint8Array(), second)).toBe(0);
    expect(operations()).toEqual(['upload-start', 'upload-chunk', 'upload-chunk', 'upload-chunk', 'upload-end']);
  });

  it.each([1, 1000, 65_536, mebibyte - 1, mebibyte])('puts the same bytes from pieces of %i', async (pieces) => {
    await open();
    const bytes = randomBytes(pieces === 1 ? 3000 : mebibyte);
    expect(Buffer.compare((await push(bytes, pieces)) ?? new Uint8Array(), bytes)).toBe(0);
  });

  it('gives a slow reader the same bytes', async () => {
    const content = await planted(8 * mebibyte);
    const got: Uint8Array[] = [];
    for await (const piece of await client.getBlob(repository, content)) {
      got.push(piece);
      // Whatever else has come in meanwhile is there by now.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(Buffer.concat(got).equals(content.bytes)).toBe(true);
  });

  it('takes 403 for absent when it looks before it writes', async () => {
    await open({ habits: { absentIsForbidden: true } });
    const digest = digestSchema.parse(sha256Of(randomBytes(5)));
    expect(await client.blobExists(repository, digest)).toBe(false);
    expect(await client.headManifest(repository, digest)).toBeUndefined();
  });

  it('lists 5,000 tags over their pages', async () => {
    await open();
    const { tags } = registry.content.repository(repository);
    for (let n = 0; n < 5000; n++) tags.set(`v${n}`, sha256Of(randomBytes(1)));
    expect(new Set(await client.listTags(repository)).size).toBe(5000);
    expect(operations().length).toBe(5);
  });
});
