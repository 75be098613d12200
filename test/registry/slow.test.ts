import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, sha256 } from '../../contract/index.ts';
import { createRegistryClient, mirrorSet, type RegistryClient, registryStore } from '../../oci/index.ts';
import { type FaultRegistry, type FaultRegistryOptions, startFaultRegistry } from './fault-registry.ts';
import { mebibyte, repository } from './fault-row.ts';
import type { Fault, Operation } from './faults.ts';
import { paths } from './paths.ts';
import { plantImage } from './plant.ts';

const minute = 60_000;
/** A byte each 50 s: never silent for a minute. */
const drip: Fault = { kind: 'drip', bytes: 1, everyMs: 50_000 };

describe.each(paths)('by %s', (_, path) => {
  let at: number;
  let clock: Clock;
  let registry: FaultRegistry;
  let client: RegistryClient;
  const blob = randomBytes(2 * mebibyte);
  const content = { digest: sha256(blob), size: blob.byteLength };

  const start = async (options: FaultRegistryOptions = {}): Promise<void> => {
    registry = await startFaultRegistry({
      ...path.registry,
      ...options,
      // Whom nobody listens to any more takes no time.
      pause: async (ms, request) => {
        if (request === registry.requests.at(-1)) at += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const credentials = () => Promise.resolve({ username: 'u', password: 'p' });
    client = createRegistryClient({ host: registry.host, clock, credentials, ...path.client });
    registry.content.blobs.set(content.digest, blob);
    registry.content.repository(repository).blobs.add(content.digest);
  };
  const stop = async (): Promise<void> => {
    await client.close();
    await registry.stop();
  };
  beforeEach(async () => {
    at = 0;
    const sleep = async (ms: number): Promise<void> => void (at += ms);
    clock = { now: () => new Date(at), sleep };
    await start();
  });
  afterEach(stop);

  const asked = (operation: Operation): (string | undefined)[] =>
    registry.requests.filter((each) => each.operation === operation).map(({ range }) => range);
  const read = async (each?: () => void): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of await client.getBlob(repository, content)) {
      pieces.push(Buffer.from(piece));
      each?.();
    }
    return Buffer.concat(pieces);
  };
  const plant = () => plantImage(registry.content, repository, [blob], { tag: 'v1' });

  it('a blob that comes drop by drop goes on from where it was, over another connection', async () => {
    registry.fault({ on: 'blob-get', times: 1, fault: drip });
    expect((await read()).equals(blob)).toBe(true);
    const [first, rest, ...more] = asked('blob-get');
    expect([first, more]).toEqual([undefined, []]);
    expect(rest).toMatch(/^bytes=[1-9]\d*-/);
  });

  it('a blob that comes drop by drop for ever is given up', async () => {
    registry.fault({ on: 'blob-get', fault: drip });
    await expect(read()).rejects.toMatchObject({
      code: 'LF-OCI-042',
      temporary: true,
      message: expect.stringMatching(/gave less than 4 KiB\/s for a minute while fetching blob sha256:/),
    });
    expect(asked('blob-get')).toHaveLength(5);
    expect(at).toBeLessThan(60 * minute);
  });

  it('the same drops, when they take no time, are a blob: it is time that decides', async () => {
    registry.fault({ on: 'blob-get', fault: { ...drip, bytes: 1024, everyMs: 0 } });
    expect((await read()).equals(blob)).toBe(true);
    expect(asked('blob-get')).toHaveLength(1);
  });

  it('a blob that comes at 5 KiB/s is waited for, over one connection', async () => {
    registry.fault({ on: 'blob-get', fault: { kind: 'drip', bytes: 64 * 1024, everyMs: 12_800 } });
    expect((await read()).equals(blob)).toBe(true);
    expect(asked('blob-get')).toHaveLength(1);
    expect(at).toBeGreaterThan(5 * minute);
  });

  it.each([
    ['a manifest', 'manifest-get', (by: RegistryClient) => by.getManifest(repository, 'v1')],
    ['a list of tags', 'tags', (by: RegistryClient) => by.listTags(repository)],
    ['the catalogue', 'catalogue', (by: RegistryClient) => by.listRepositories()],
    ['what refers to it', 'referrers', (by: RegistryClient) => by.listReferrers(repository, content.digest)],
  ] as const)('%s that comes drop by drop is asked for again, and given up at last', async (_name, on, ask) => {
    await stop();
    await start({ habits: { referrers: true } });
    plant();
    registry.fault({ on, times: 2, fault: drip });
    await ask(client);
    expect(asked(on)).toHaveLength(3);
    registry.fault({ on, fault: drip });
    await expect(ask(client)).rejects.toMatchObject({ code: 'LF-OCI-042', temporary: true });
    expect(asked(on)).toHaveLength(8);
    expect(at).toBeLessThan(60 * minute);
  });

  it('an upload that is taken drop by drop is cut and goes on, or begins again, and is given up at last', async () => {
    // More than the kernels on both sides hold.
    const large = randomBytes(16 * mebibyte);
    const wanted = { digest: sha256(large), size: large.byteLength };
    const body = async function* () {
      for (let from = 0; from < large.byteLength; from += mebibyte) yield large.subarray(from, from + mebibyte);
    };
    const slow: Fault = { kind: 'slow-read', everyMs: 50_000 };
    registry.fault({ on: 'upload-end', times: 1, fault: slow });
    await client.putBlob(repository, wanted, body);
    expect(asked('upload-end')).toHaveLength(2);
    expect(registry.content.blob(repository, wanted.digest)?.byteLength).toBe(large.byteLength);
    registry.content.repository(repository).blobs.clear();
    registry.fault({ on: 'upload-end', fault: slow });
    await expect(client.putBlob(repository, wanted, body)).rejects.toMatchObject({
      code: 'LF-OCI-042',
      temporary: true,
      message: expect.stringMatching(/took less than 4 KiB\/s for a minute while storing blob sha256:/),
    });
    expect(asked('upload-end')).toHaveLength(7);
  });

  it('a reader that takes its time is not held against the registry, nor a giver against the one who takes', async () => {
    expect((await read(() => void (at += 10 * minute))).equals(blob)).toBe(true);
    expect(asked('blob-get')).toHaveLength(1);
    registry.content.repository(repository).blobs.clear();
    await client.putBlob(repository, content, async function* () {
      for (let from = 0; from < blob.byteLength; from += 100_000) {
        at += 10 * minute;
        yield blob.subarray(from, from + 100_000);
      }
    });
    expect(asked('upload-end')).toHaveLength(1);
  });

  it('a limit that the customer has set far below that pace is no slowness', async () => {
    const target = await startFaultRegistry(path.registry);
    const to = createRegistryClient({ host: target.host, clock, ...path.client });
    try {
      const { digest } = plant();
      const item = { from: registryStore(client, repository), to: registryStore(to, repository), digest };
      await mirrorSet({ items: [item], clock, bytesPerSecond: 1024 });
      expect(target.content.blob(repository, content.digest)).toBeDefined();
      expect(at).toBeGreaterThan((content.size / 1024) * 900);
      const uploads = target.requests.filter(({ operation }) => operation === 'upload-end');
      expect([asked('blob-get').length, uploads.length]).toEqual([2, 2]);
    } finally {
      await to.close();
      await target.stop();
    }
  });
});

describe('a token that comes drop by drop', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is given up as a whole after 30 s, and asked for again', async () => {
    const deadlines: number[] = [];
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      deadlines.push(ms);
      return timeout(Math.ceil(ms / 300));
    });
    const registry = await startFaultRegistry({ auth: { kind: 'token', username: 'u', password: 'p' } });
    const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
    const credentials = () => Promise.resolve({ username: 'u', password: 'p' });
    const client = createRegistryClient({ host: registry.host, plainHttp: true, clock, credentials });
    try {
      plantImage(registry.content, repository, [Buffer.from('layer')], { tag: 'v1' });
      registry.fault({ on: 'token', times: 2, fault: { kind: 'drip', bytes: 1, everyMs: 80 } });
      expect(await client.listTags(repository)).toEqual(['v1']);
      expect(registry.requests.filter(({ operation }) => operation === 'token')).toHaveLength(3);
      expect(deadlines).toContain(30_000);
    } finally {
      await client.close();
      await registry.stop();
    }
  });
});
