import { expect, it } from 'vitest';
import * as z from 'zod';
import { isNotThere, type KubeObject, type Kubernetes } from '../kubernetes/index.ts';

const dataSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const dataOf = (object: KubeObject | null): Record<string, string> | null =>
  object === null ? null : dataSchema.parse(object).data;
const statusOf = async (call: Promise<unknown>): Promise<unknown> => {
  const failed: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  return failed !== null && typeof failed === 'object' && 'details' in failed
    ? z.object({ status: z.number() }).parse(failed.details).status
    : failed;
};

/** What the runner relies on; the fake and the real API server both keep to it. `shop` must be there. */
export function itIsAnApiServer(open: () => Kubernetes): void {
  const config = (name: string, data: Record<string, string>, metadata: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', ...metadata },
    data,
  });
  const ref = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name });
  const ours = { fieldManager: 'ours' };

  it('apply: what is the same again is no write', async () => {
    const first = await open().apply(config('same', { a: '1' }), ours);
    const second = await open().apply(config('same', { a: '1' }), ours);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('apply: a field that is not applied any more goes, and what is somebody else’s stays', async () => {
    await open().apply(config('dropped', { a: '1', b: '1' }), ours);
    await open().patch(ref('dropped'), { data: { theirs: 'x' } });
    await open().apply(config('dropped', { a: '1' }), ours);
    expect(dataOf(await open().get(ref('dropped')))).toEqual({ a: '1', theirs: 'x' });
  });

  it('apply: a field of somebody else with another value is a conflict, unless it is taken by force', async () => {
    await open().apply(config('conflict', { a: 'theirs' }), { fieldManager: 'theirs' });
    expect(await statusOf(open().apply(config('conflict', { a: 'ours' }), ours))).toBe(409);
    expect(dataOf(await open().get(ref('conflict')))).toEqual({ a: 'theirs' });
    await open().apply(config('conflict', { a: 'ours' }), { ...ours, force: true });
    expect(dataOf(await open().get(ref('conflict')))).toEqual({ a: 'ours' });
    expect(await statusOf(open().apply(config('conflict', { a: 'theirs' }), { fieldManager: 'theirs' }))).toBe(409);
  });

  it('apply: the same value as somebody else has is no conflict', async () => {
    await open().apply(config('shared', { a: '1' }), { fieldManager: 'theirs' });
    expect(await statusOf(open().apply(config('shared', { a: '1' }), ours))).toBeUndefined();
  });

  it('apply: a dry run says what would be, and changes nothing', async () => {
    const before = await open().apply(config('dry', { a: '1', b: '1' }), ours);
    const dry = await open().apply(config('dry', { a: '2' }), { ...ours, dryRun: true });
    expect(dataOf(dry)).toEqual({ a: '2' });
    const after = await open().get(ref('dry'));
    expect(dataOf(after)).toEqual({ a: '1', b: '1' });
    expect(after?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('apply: what was edited by hand shows in a dry run, by value', async () => {
    await open().apply(config('edited', { a: '1' }), ours);
    await open().patch(ref('edited'), { data: { a: '2' } });
    expect(dataOf(await open().apply(config('edited', { a: '1' }), { ...ours, dryRun: true, force: true }))).toEqual({
      a: '1',
    });
  });

  it('delete: only the very object, in the very version', async () => {
    const first = await open().apply(config('deleted', { a: '1' }), ours);
    const { uid, resourceVersion } = first.metadata;
    expect(await open().delete(ref('deleted'), { uid: 'd1ab1ed0-0000-4000-8000-000000000000' })).toBe(false);
    await open().patch(ref('deleted'), { data: { a: '2' } });
    expect(await open().delete(ref('deleted'), { uid, resourceVersion })).toBe(false);
    expect(await open().get(ref('deleted'))).not.toBeNull();
    expect(await open().delete(ref('deleted'), { uid })).toBe(true);
    expect(await open().get(ref('deleted'))).toBeNull();
    expect(await open().delete(ref('deleted'), { uid })).toBe(true);
  });

  it('delete: a finalizer holds an object until it is taken off', async () => {
    await open().apply(config('held', { a: '1' }, { finalizers: ['shop.example/held'] }), ours);
    await open().delete(ref('held'));
    const going = await open().get(ref('held'), { metadataOnly: true });
    expect(going?.metadata.deletionTimestamp).toBeDefined();
    await open().patch(ref('held'), { metadata: { finalizers: null } });
    expect(await open().get(ref('held'))).toBeNull();
  });

  it('a kind that nobody has defined is not there', async () => {
    const unknown = { apiVersion: 'nobody.example/v1', kind: 'Nothing' };
    const error: unknown = await open()
      .isNamespaced(unknown)
      .catch((failed: unknown) => failed);
    expect(isNotThere(error)).toBe(true);
  });
}

/** Asked `watched`, it may not know what others just did, but always what this process did: also while its watches lag behind. `shop` must be there. */
export function itNeverAnswersOlderThanItself(open: () => Kubernetes, lag: () => void = () => undefined): void {
  const watched = 'app=late';
  const type = { apiVersion: 'v1', kind: 'ConfigMap' };
  const ours = { fieldManager: 'ours' };
  const config = (name: string, value: string): KubeObject => ({
    ...type,
    metadata: { name, namespace: 'shop', labels: { app: 'late', part: name } },
    data: { a: value },
  });
  const ref = (name: string) => ({ ...type, namespace: 'shop', name });
  const seen = async (name: string): Promise<unknown> => {
    const query = { ...type, namespace: 'shop', labelSelector: `${watched},part=${name}`, watched };
    const got = dataOf(await open().get(ref(name), { watched }));
    const listed = (await open().list(query)).items.map(dataOf);
    expect(listed).toEqual(got === null ? [] : [got]);
    return got?.['a'] ?? null;
  };

  it('watched: what it has created, applied, patched and replaced', async () => {
    expect(await seen('written')).toBeNull();
    lag();
    await open().create(config('written', '1'));
    expect(await seen('written')).toBe('1');
    await open().apply(config('written', '2'), { ...ours, force: true });
    expect(await seen('written')).toBe('2');
    await open().patch(ref('written'), { data: { a: '3' } });
    expect(await seen('written')).toBe('3');
    const current = await open().get(ref('written'));
    await open().replace({
      ...config('written', '4'),
      metadata: { ...config('written', '4').metadata, ...versionOf(current) },
    });
    expect(await seen('written')).toBe('4');
  });

  it('watched: that it has deleted something, and made it anew', async () => {
    await open().create(config('deleted-late', '1'));
    expect(await seen('deleted-late')).toBe('1');
    lag();
    await open().delete(ref('deleted-late'));
    expect(await seen('deleted-late')).toBeNull();
    await open().create(config('deleted-late', '2'));
    expect(await seen('deleted-late')).toBe('2');
  });

  it('watched: that it has taken the label off by which it is watched', async () => {
    await open().create(config('unlabelled', '1'));
    expect(await seen('unlabelled')).toBe('1');
    lag();
    await open().patch(ref('unlabelled'), { metadata: { labels: { app: null } } });
    const query = { ...type, namespace: 'shop', labelSelector: `${watched},part=unlabelled`, watched };
    expect((await open().list(query)).items).toEqual([]);
    expect(dataOf(await open().get(ref('unlabelled'), { watched }))).toEqual({ a: '1' });
  });
}

function versionOf(object: KubeObject | null): { resourceVersion?: string } {
  const resourceVersion = object?.metadata.resourceVersion;
  return resourceVersion === undefined ? {} : { resourceVersion };
}
