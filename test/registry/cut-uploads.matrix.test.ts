import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistryClient,
  mirrorSet,
  type MirrorProgress,
  type RegistryClient,
  type RegistryClientOptions,
  registryStore,
} from '../../oci/index.ts';
import type { RegistryHabits } from './answers.ts';
import type { RegistryAuth } from './authorization.ts';
import { ecrHabits, type FaultRegistry, type FaultRule, startFaultRegistry } from './fault-registry.ts';
import { mebibyte, repository } from './fault-row.ts';
import type { Fault, FaultRequest, Operation } from './faults.ts';
import { paths } from './paths.ts';
import { plantImage, type Planted } from './plant.ts';
import { sha256Of } from './content.ts';
import { incomplete, missing, weight } from './whole.ts';

const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
const credentials = () => Promise.resolve({ username: 'u', password: 'p' });
const size = 4 * mebibyte;

const large = ({ length }: FaultRequest): boolean => length >= mebibyte;
const cut = (after: number, times = 1): FaultRule => ({
  on: ['upload-end', 'upload-chunk'],
  when: large,
  times,
  fault: { kind: 'cut-request', after },
});
const status = (fault: Fault, times?: number): FaultRule => ({
  on: 'upload-status',
  fault,
  ...(times === undefined ? {} : { times }),
});
/** The status as it is but for what it says of the place. */
const says = (range: string): FaultRule => status({ kind: 'header', name: 'range', value: range });

/** What was lost is asked of the source again. */
const nothingKept = { keepBytes: 0 };

describe.each(paths)('an upload that is cut in its body, by %s', (_, path) => {
  let source: FaultRegistry;
  let target: FaultRegistry;
  let clients: RegistryClient[] = [];
  let layer: Buffer;
  let planted: Planted;
  const stop = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all([source?.stop(), target?.stop()]);
    clients = [];
  };
  const start = async (
    habits: Partial<RegistryHabits> = {},
    auth: RegistryAuth = { kind: 'none' },
    options: Partial<RegistryClientOptions> = {},
  ): Promise<void> => {
    await stop();
    [source, target] = [
      await startFaultRegistry(path.registry),
      await startFaultRegistry({ ...path.registry, habits, auth }),
    ];
    clients = [source, target].map(({ host }) =>
      createRegistryClient({ host, clock, credentials, ...path.client, ...options }),
    );
    target.content.repository(repository);
    plant(size);
  };
  const plant = (bytes: number): void => {
    layer = randomBytes(bytes);
    planted = plantImage(source.content, repository, [layer], { tag: 'v1' });
  };
  const copy = async (onProgress?: (progress: MirrorProgress) => void): Promise<void> => {
    const [from, to] = clients.map((client) => registryStore(client, repository));
    if (from === undefined || to === undefined) throw new Error('both sides');
    const items = [{ from, to, digest: planted.digest, tag: 'v1' }];
    await mirrorSet({ items, clock, ...(onProgress === undefined ? {} : { onProgress }) });
  };
  /** What the source gave, as a part of the content, by its own count. */
  const fetched = (): number => source.bytesSent() / weight(source.content, repository, planted.digest);
  const asked = (operation: Operation): number => target.requests.filter((each) => each.operation === operation).length;
  /** Uploads of the layer that were begun. */
  const begun = (): number => {
    const ends = target.requests.filter(({ operation }) => operation === 'upload-end');
    return new Set(
      ends.filter(({ path: at }) => decodeURIComponent(at).includes(sha256Of(layer))).map((each) => each.reference),
    ).size;
  };
  const expectWhole = (): void => {
    expect(missing({ ...source, repository }, { ...target, repository }, planted.digest)).toEqual([]);
    expect(incomplete(target.content)).toEqual([]);
  };

  beforeEach(() => start());
  afterEach(stop);

  it.each([
    ['near its beginning', [100_000]],
    ['in the middle', [8 * mebibyte]],
    ['before its last byte', [16 * mebibyte - 1]],
    ['several times', [4 * mebibyte, 3 * mebibyte, 2 * mebibyte]],
  ])('goes on where the registry says it stands: cut %s', async (_name, places) => {
    plant(16 * mebibyte);
    for (const after of places) target.fault(cut(after));
    await copy();
    expectWhole();
    expect(target.struck()).toBe(places.length);
    expect(fetched()).toBeLessThanOrEqual(1.05);
    expect([begun(), asked('upload-status')]).toEqual([1, places.length]);
  });

  it('from a fast source, too: only what was lost on the way is fetched again', async () => {
    plant(16 * mebibyte);
    target.fault(cut(8 * mebibyte));
    await copy();
    expectWhole();
    // The kernels hold some MB that the registry has not read.
    expect(fetched()).toBeLessThan(1.6);
    expect([begun(), asked('upload-status')]).toEqual([1, 1]);
  });

  it('is not given up as long as it goes on, and is where it does not', async () => {
    target.fault({
      ...cut(mebibyte / 4, 12),
      when: ({ path: at }) => decodeURIComponent(at).includes(sha256Of(layer)),
    });
    await copy();
    expectWhole();
    expect(target.struck()).toBe(12);
    plant(size);
    target.content.repository(repository).tags.clear();
    target.fault({ on: 'upload-end', when: large, fault: { kind: 'cut-request', after: 1000 } });
    await expect(copy()).rejects.toMatchObject({ code: 'LF-OCI-002', temporary: true });
    expect(target.struck()).toBe(17);
  });

  it('in chunks goes on within the chunk that was cut, which is still at hand', async () => {
    await start({ maxBodyBytes: mebibyte });
    // The first blob teaches the limit.
    target.fault({ ...cut(mebibyte / 4, 2), on: 'upload-chunk' });
    await copy();
    expectWhole();
    // Once to be refused as too large, and once in chunks.
    expect(fetched()).toBeLessThanOrEqual(2.001);
    expect(asked('upload-status')).toBe(2);
  });

  it('goes on when the answer to all of it was lost, and it was not completed', async () => {
    target.fault({ on: 'upload-end', when: large, times: 1, fault: { kind: 'cut-request', after: size } });
    await copy();
    expectWhole();
    expect(fetched()).toBeLessThanOrEqual(1.001);
    expect(begun()).toBe(1);
  });

  it('goes on with a new token when its own has ended', async () => {
    await start({}, { kind: 'token', username: 'u', password: 'p' });
    target.fault(cut(size / 2));
    target.fault(status({ kind: 'expire-tokens' }, 1));
    await copy();
    expectWhole();
    expect([begun(), asked('upload-status')]).toEqual([1, 2]);
  });

  it('never counts for more than its size', async () => {
    const told: MirrorProgress[] = [];
    target.fault(cut(size / 2));
    target.fault(cut(size / 4));
    await copy((progress) => told.push(progress));
    for (const { bytes } of told) expect(bytes.done).toBeLessThanOrEqual(bytes.total);
    expect(told.at(-1)?.bytes).toMatchObject({ done: told.at(-1)?.bytes.total });
  });

  it.each<[string, FaultRule[]]>([
    ['forgot it', [status({ kind: 'status', status: 404, code: 'BLOB_UPLOAD_UNKNOWN' })]],
    ['fails to tell', [status({ kind: 'status', status: 503 })]],
    ['hangs up instead', [status({ kind: 'no-answer' })]],
    ['says more than it got', [says(`0-${size * 2}`)]],
    ['says all of it', [says(`0-${size - 1}`)]],
    ['says a little more than it has', [says(`0-${size / 2 + 1000}`)]],
    ['says less than it has', [says('0-5000')]],
    ['says nothing', [status({ kind: 'answer', status: 204, headers: { location: '/v2/' } })]],
    ['says garbage', [says('bytes 12/a')]],
    ['says a place that is no beginning', [says('100-200000')]],
    ['says it without a place to go on', [status({ kind: 'answer', status: 204, headers: { range: '0-99999' } })]],
    [
      'says it with another status',
      [status({ kind: 'answer', status: 200, headers: { range: '0-9', location: '/' } })],
    ],
    ['redirects', [status({ kind: 'redirect', to: 'http://169.254.169.254/' })]],
    [
      'refuses the rest',
      [
        {
          on: 'upload-end',
          when: ({ length }) => length >= mebibyte && length < size,
          fault: { kind: 'status', status: 416 },
        },
      ],
    ],
  ])('begins again where the registry %s', async (_name, rules) => {
    for (const rule of [cut(size / 2), ...rules]) target.fault(rule);
    await copy();
    expectWhole();
    expect(target.struck()).toBeGreaterThanOrEqual(2);
    expect(begun()).toBe(2);
    expect(asked('upload-status')).toBeLessThanOrEqual(2);
  });

  it('begins again where the registry has less than it had confirmed', async () => {
    let told = 0;
    target.fault(cut(size / 4, 2));
    target.fault({
      on: 'upload-status',
      when: () => ++told > 1,
      fault: { kind: 'header', name: 'range', value: '0-100000' },
    });
    await copy();
    expectWhole();
    expect([begun(), asked('upload-status')]).toEqual([2, 2]);
  });

  it('begins again where the rest fails again and again, and what is new does not', async () => {
    target.fault(cut(size / 2));
    const rest = ({ length }: FaultRequest): boolean => length >= mebibyte && length < size;
    target.fault({ on: 'upload-end', when: rest, fault: { kind: 'status', status: 500 } });
    await copy();
    expectWhole();
    expect([begun(), asked('upload-status')]).toEqual([2, 4]);
  });

  it('begins again at ECR, which takes one body, and does not try it a second time', async () => {
    await start(ecrHabits);
    target.fault(cut(size / 2));
    await copy();
    expectWhole();
    expect(begun()).toBe(2);
    const before = asked('upload-status');
    plant(size);
    target.content.repository(repository).tags.clear();
    target.fault(cut(size / 2));
    await copy();
    expectWhole();
    expect(asked('upload-status')).toBe(before);
  });

  it('is refused when the source gives something else the second time, and nothing wrong is left', async () => {
    await start({}, undefined, nothingKept);
    target.fault(cut(size / 2));
    source.fault({ on: 'blob-get', when: ({ from }) => from > 0, fault: { kind: 'wrong-bytes' } });
    await expect(copy()).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(source.struck()).toBe(1);
    expect(target.content.blobs.size).toBeLessThanOrEqual(1);
    expect(incomplete(target.content)).toEqual([]);
  });

  it('is refused when the place to go on is inside the network', async () => {
    target.fault(cut(size / 2));
    target.fault(status({ kind: 'header', name: 'location', value: 'http://169.254.169.254/latest/' }));
    await expect(copy()).rejects.toMatchObject({ code: 'LF-OCI-007' });
    expect(incomplete(target.content)).toEqual([]);
  });

  it('survives a cut of the source while it goes back', async () => {
    await start({}, undefined, nothingKept);
    target.fault(cut(size / 2));
    source.fault({ on: 'blob-get', when: ({ from }) => from > 0, times: 1, fault: { kind: 'cut', after: 1000 } });
    await copy();
    expectWhole();
    expect(source.struck()).toBe(1);
  });
});
