// Over 300 lines: one list of what a set does, on one pair of registries with one set of fixtures.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../contract/index.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import { type Planted, plantImage, plantIndex } from '../../test/registry/plant.ts';
import { incomplete } from '../../test/registry/whole.ts';
import { registryStore } from '../copy/content-store.ts';
import { immutableTag } from '../copy/immutable-tag.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import { mirrorSet } from './mirror-set.ts';
import type { MirrorItem, MirrorOptions } from './mirror-options.ts';
import type { MirrorProgress } from './progress.ts';

let source: FaultRegistry;
let target: FaultRegistry;
let clients: RegistryClient[];
beforeEach(async () => {
  [source, target] = [await startFaultRegistry(), await startFaultRegistry()];
  clients = [source, target].map(({ host }) =>
    createRegistryClient({ host, plainHttp: true, retry: { firstDelayMs: 1 } }),
  );
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([source.stop(), target.stop()]);
});

const from = (repository: string) => registryStore(clients[0] ?? fail(), repository);
const to = (repository: string) => registryStore(clients[1] ?? fail(), repository);
const item = (planted: Planted, repository: string, into = repository, more: Partial<MirrorItem> = {}): MirrorItem => ({
  from: from(repository),
  digest: planted.digest,
  to: to(into),
  tag: true,
  ...more,
});
const run = (items: readonly MirrorItem[], more: Partial<MirrorOptions> = {}) => mirrorSet({ items, ...more });
const bytes = (text: string, length = 400): Buffer => Buffer.alloc(length, text);
const count = (registry: FaultRegistry, operation: string): number =>
  registry.requests.filter((each) => each.operation === operation).length;
const tagsOf = (repository: string): string[] => [...(target.content.repositories.get(repository)?.tags.keys() ?? [])];
const linux = (planted: Planted, architecture: string): Planted => ({
  ...planted,
  platform: { os: 'linux', architecture },
});
function fail(): never {
  throw new Error('no client');
}

/** Images that share a layer, each with a layer and a configuration of its own. */
const plantMany = (many: number, repository = 'shop/web'): Planted[] =>
  Array.from({ length: many }, (_, n) =>
    plantImage(source.content, repository, [bytes('shared', 1000), bytes(`own ${n}`)], {
      config: Buffer.from(JSON.stringify({ n })),
    }),
  );

describe('a set', () => {
  it('costs eight requests for each new image, and one for all when nothing changed', async () => {
    const images = plantMany(50);
    const items = images.map((image) => item(image, 'shop/web'));
    const { items: mirrored, totals } = await run(items);
    expect(incomplete(target.content)).toEqual([]);
    expect(tagsOf('shop/web').toSorted()).toEqual(images.map(({ digest }) => immutableTag(digest)).toSorted());
    expect(mirrored.map(({ target: where }) => where)).toEqual(
      images.map(({ digest }) => `${target.host}/shop/web@${digest}`),
    );
    expect(totals).toMatchObject({ copied: 50 * 3 + 1, present: 0 });
    // The first that are under way ask by HEAD, until one of them has learned that the POST tells as much.
    const learning = 2 * 16 + 2;
    expect(source.requests.length + target.requests.length).toBeLessThanOrEqual(50 * 8 + learning);

    source.requests.length = 0;
    target.requests.length = 0;
    await run(items);
    expect(source.requests).toEqual([]);
    expect(target.requests.map(({ operation }) => operation)).toEqual(['tags']);
  });

  it('fetches a blob once, and has it mounted in the other repositories of the registry', async () => {
    const repositories = ['a', 'b', 'c', 'd'];
    const items = repositories.map((repository) =>
      item(plantImage(source.content, repository, [bytes('shared', 5000), bytes(repository)]), repository),
    );
    const { totals } = await run(items);
    expect(incomplete(target.content)).toEqual([]);
    const fetched = source.requests.filter(({ operation }) => operation === 'blob-get').map((each) => each.reference);
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(totals.mounted).toBe(3 * 2);
  });

  it('mounts a large blob from what an earlier run left in another repository', async () => {
    const base = bytes('base', 5 * 1024 * 1024);
    const before = ['a', 'b'].map((repository) =>
      item(plantImage(source.content, repository, [base, bytes(repository)]), repository),
    );
    await run(before);
    source.requests.length = 0;
    const added = item(plantImage(source.content, 'c', [base, bytes('c')]), 'c');
    const { totals } = await run([...before, added], { concurrency: 1 });
    expect(totals).toMatchObject({ mounted: 1 });
    expect(count(source, 'blob-get')).toBe(2);
    expect(incomplete(target.content)).toEqual([]);
  });

  it('fetches it again where the registry refuses mounts', async () => {
    const refusing = await startFaultRegistry({ habits: { mounts: false } });
    const client = createRegistryClient({ host: refusing.host, plainHttp: true });
    const items = ['a', 'b'].map((repository) => ({
      ...item(plantImage(source.content, repository, [bytes('shared')]), repository),
      to: registryStore(client, repository),
    }));
    expect((await run(items)).totals).toMatchObject({ mounted: 0, copied: 6 });
    expect(incomplete(refusing.content)).toEqual([]);
    await client.close();
    await refusing.stop();
  });

  it('brings a root that another tool left untagged under its tag, without fetching it', async () => {
    const [image] = plantMany(1);
    if (image === undefined) return;
    await run([item(image, 'shop/web')]);
    target.content.repository('shop/web').tags.clear();
    source.requests.length = 0;
    await run([item(image, 'shop/web')]);
    expect(count(source, 'blob-get')).toBe(0);
    expect(tagsOf('shop/web')).toEqual([immutableTag(image.digest)]);
  });

  it('resolves a plain tag at both ends each time, and moves it', async () => {
    const [one, two] = plantMany(2);
    if (one === undefined || two === undefined) return;
    const held = source.content.repository('shop/web');
    const latest = [{ from: from('shop/web'), digest: 'latest', to: to('mine'), tag: 'latest' }];
    for (const { digest } of [one, two, one]) {
      held.tags.set('latest', digest);
      expect((await run(latest)).items[0]?.digest).toBe(digest);
      expect(target.content.manifest('mine', 'latest')?.digest).toBe(digest);
    }
  });

  it('makes each repository once, before anything is written, and not at all when nothing is to be written', async () => {
    const images = plantMany(5);
    const made: string[] = [];
    const prepare = async ({ name }: { name: string }): Promise<void> => {
      expect(target.requests.some(({ operation = '' }) => /upload|put/.test(operation))).toBe(false);
      made.push(name);
    };
    const items = images.map((image) => item(image, 'shop/web'));
    await run(items, { prepare });
    expect(made).toEqual([`${target.host}/shop/web`]);
    await run(items, { prepare });
    expect(made).toHaveLength(1);
  });

  it('looks at each tag where the listing is refused', async () => {
    const items = plantMany(4).map((image) => item(image, 'shop/web'));
    target.fault({ on: 'tags', fault: { kind: 'status', status: 403 } });
    await run(items);
    target.requests.length = 0;
    await run(items);
    expect(target.requests.map(({ operation = '' }) => operation).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'manifest-head'),
      'tags',
    ]);
  });
});

describe('platforms', () => {
  const multi = (): { index: Planted; arm64: Planted } => {
    const image = (arch: string) =>
      plantImage(source.content, 'shop/web', [bytes(arch)], { config: Buffer.from(arch) });
    const [amd64, arm64] = [image('amd64'), image('arm64')];
    const nested = plantIndex(source.content, 'shop/web', [linux(amd64, 'amd64'), linux(arm64, 'arm64')]);
    return { index: plantIndex(source.content, 'shop/web', [nested]), arm64 };
  };
  it('are chosen in nested indexes, too; and a set without the others is never taken for the whole', async () => {
    const { index, arm64 } = multi();
    const registry = await startFaultRegistry({ habits: { sparseIndexes: true } });
    const client = createRegistryClient({ host: registry.host, plainHttp: true });
    const into = registryStore(client, 'shop/web');
    const wanted = { ...item(index, 'shop/web'), to: into };
    const amd64Only = { ...wanted, platforms: ['linux/amd64'] as const };
    const held = registry.content.repository('shop/web');

    await run([amd64Only]);
    expect(held.manifests.has(arm64.digest)).toBe(false);
    expect([...held.tags.keys()]).toEqual([immutableTag(index.digest, ['linux/amd64'])]);
    registry.requests.length = 0;
    await run([amd64Only]);
    expect(registry.requests.every(({ method }) => method === 'HEAD')).toBe(true);

    await run([wanted]);
    expect(held.manifests.has(arm64.digest)).toBe(true);
    expect([...held.tags.keys()]).toContain(immutableTag(index.digest));
    expect(incomplete(registry.content)).toEqual([]);
    await client.close();
    await registry.stop();
  });

  it('all come along where the registry wants an index whole', async () => {
    const { index } = multi();
    await run([item(index, 'shop/web', 'shop/web', { platforms: ['linux/amd64'] })]);
    expect(incomplete(target.content)).toEqual([]);
    expect(tagsOf('shop/web')).toEqual([immutableTag(index.digest)]);
  });

  it('that nobody built are told, although an attestation is there', async () => {
    const image = plantImage(source.content, 'shop/web', [bytes('x')]);
    const attestation = plantImage(source.content, 'shop/web', [bytes('attestation')]);
    const index = plantIndex(source.content, 'shop/web', [
      linux(image, 'amd64'),
      { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
    ]);
    await expect(run([item(index, 'shop/web', 'x', { platforms: ['linux/s390x'] })])).rejects.toMatchObject({
      code: 'LF-OCI-004',
    });
    expect(tagsOf('x')).toEqual([]);
  });

  it('lie at most eight indexes deep', async () => {
    const chain = (levels: number): Planted => {
      let root = plantImage(source.content, 'deep', [bytes('x')]);
      for (let level = 0; level < levels; level++) root = plantIndex(source.content, 'deep', [root]);
      return root;
    };
    await run([item(chain(8), 'deep')]);
    await expect(run([item(chain(1000), 'deep', 'deeper')])).rejects.toMatchObject({ code: 'LF-OCI-025' });
    expect(incomplete(target.content)).toEqual([]);
  });
});

describe('a failure', () => {
  const broken = (images: readonly Planted[]) => {
    const [, , third] = images;
    const manifest = source.content.manifest('shop/web', third?.digest ?? '');
    const layers = /"layers":\[.*?"(sha256:\w+)".*?"(sha256:\w+)"/.exec(Buffer.from(manifest?.bytes ?? []).toString());
    source.content.repository('shop/web').blobs.delete(layers?.[2] ?? '');
    return third;
  };

  it('is the one that is told, and what is whole stays', async () => {
    const images = plantMany(30);
    broken(images);
    const items = images.map((image) => item(image, 'shop/web'));
    await expect(run(items)).rejects.toMatchObject({ code: 'LF-OCI-004' });
    expect(incomplete(target.content)).toEqual([]);
    expect(count(target, 'manifest-put')).toBeLessThan(30);
  });

  it('does not keep the others away when the run keeps going', async () => {
    const images = plantMany(30);
    const bad = broken(images);
    const items = images.map((image) => item(image, 'shop/web'));
    const { failed, items: mirrored } = await run(items, { keepGoing: true });
    expect(failed.map((each) => each.item.digest)).toEqual([bad?.digest]);
    expect(mirrored).toHaveLength(29);
    expect(incomplete(target.content)).toEqual([]);
    expect(tagsOf('shop/web')).toHaveLength(29);
  });

  it('of the caller’s own will ends it with a code', async () => {
    const stop = new AbortController();
    const items = plantMany(20).map((image) => item(image, 'shop/web'));
    const stopped = run(items, { signal: stop.signal, keepGoing: true, onObject: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(incomplete(target.content)).toEqual([]);
  });
});

describe('referrers', () => {
  it('come after the root, once each, with signatures of signatures; a new one is found although the root is there', async () => {
    const image = plantImage(source.content, 'shop/web', [bytes('image')]);
    const sign = (subject: Planted, text: string) =>
      plantImage(source.content, 'shop/web', [bytes(text)], { subject, artifactType: 'application/vnd.test' });
    const signature = sign(image, 'signature');
    const timestamp = sign(signature, 'timestamp');
    const cosign = plantImage(source.content, 'shop/web', [bytes('cosign')], {
      tag: `${image.digest.replace(':', '-')}.sig`,
    });
    const wanted = [item(image, 'shop/web', 'shop/web', { referrers: true })];
    const { items } = await run(wanted);
    expect(items[0]?.referrers).toEqual([signature.digest, timestamp.digest, cosign.digest]);
    const order = target.requests.filter((each) => each.operation === 'manifest-put').map((each) => each.reference);
    expect(order.indexOf(immutableTag(image.digest))).toBeLessThan(order.indexOf(signature.digest));

    const later = sign(image, 'later');
    expect((await run(wanted)).items[0]?.referrers).toContain(later.digest);
    expect(target.content.manifest('shop/web', later.digest)).toBeDefined();
    expect(incomplete(target.content)).toEqual([]);
  });
});

describe('progress', () => {
  it('ends with everything done, and knows its totals before that', async () => {
    const told: MirrorProgress[] = [];
    const items = plantMany(10).map((image) => item(image, 'shop/web'));
    await run(items, { onProgress: (progress) => told.push(progress) });
    const sizes = 1000 + 10 * 400 + Array.from({ length: 10 }, (_, n) => `{"n":${n}}`).join('').length;
    expect(told.at(-1)).toMatchObject({
      items: { done: 10, total: 10 },
      blobs: { done: 21, total: 21 },
      bytes: { done: sizes, total: sizes },
      known: true,
      secondsLeft: 0,
    });
    expect(told.some(({ known, bytes: { done, total } }) => known && done < total)).toBe(true);
    for (const {
      bytes: { done, total },
    } of told)
      expect(done).toBeLessThanOrEqual(total);
  });

  it('counts a cut blob once, however often it is sent', async () => {
    const image = plantImage(source.content, 'shop/web', [bytes('x', 100_000)]);
    target.fault({ on: 'upload-end', times: 2, fault: { kind: 'cut-request', after: 1000 } });
    const told: MirrorProgress[] = [];
    await run([item(image, 'shop/web')], { onProgress: (progress) => told.push(progress) });
    expect(target.struck()).toBe(2);
    expect(Math.max(...told.map((each) => each.bytes.done))).toBe(told.at(-1)?.bytes.total);
  });
});

it('a rate limit holds over all blobs together', async () => {
  const sizes = [50_000, 60_000, 70_000];
  const items = sizes.map((size) => {
    const repository = `r${size}`;
    return item(plantImage(source.content, repository, [bytes(repository, size)]), repository);
  });
  // Time moves only by the pauses that the limit asks for.
  let slept = 0;
  const clock: Clock = {
    ...systemClock,
    elapsed: () => slept,
    sleep: async (ms) => void (slept += ms),
  };
  await run(items, { bytesPerSecond: 10_000, clock });
  // 180,000 bytes at 10,000 a second, less the quarter second's worth that may pass at once.
  expect(slept).toBeGreaterThanOrEqual(17_000);
});
