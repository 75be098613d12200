import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeKubernetes, type FakeKubernetes } from '../../testing/index.ts';
import { createFakeHelm, type FakeHelm, writeFakeChart } from '../../testing/fake-helm.ts';
import { type ManifestCache, observeHelm, touch } from './observe.ts';
import { fingerprintLabel } from './release-secrets.ts';

const id = { namespace: 'shop', releaseName: 'web' };
const never = new AbortController().signal;

describe('what an apply that went well has left', () => {
  let kubernetes: FakeKubernetes;
  let helm: FakeHelm;
  let cache: ManifestCache;
  let dir: string;
  const apply = async (fingerprint: string): Promise<void> => {
    const chart = join(dir, 'chart.tgz');
    await writeFakeChart(chart, { deployments: ['web'] });
    touch(cache, id);
    await helm.upgradeInstall({ ...release, chart, labels: { [fingerprintLabel]: fingerprint } });
  };
  const release = { name: id.releaseName, namespace: id.namespace, timeoutMs: 1000 };
  const observe = (applied?: Parameters<typeof observeHelm>[5]) =>
    observeHelm(kubernetes, cache, id, never, 'fresh', applied);
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'landfall-observe-'));
    kubernetes = createFakeKubernetes();
    helm = createFakeHelm(kubernetes);
    cache = new Map();
  });
  afterEach(() => rm(dir, { recursive: true }));

  it.each([1, 2, 3])('is what the whole history tells, for fewer requests: revision %i', async (revision) => {
    for (let each = 1; each < revision; each++) await apply(`before-${each}`);
    const before = (await observe()).history;
    await apply('now');
    kubernetes.calls.length = 0;
    const next = await observe(before);
    expect(kubernetes.calls.filter(({ verb }) => verb === 'list')).toEqual([]);
    expect(kubernetes.calls.filter(({ kind }) => kind === 'Secret')).toHaveLength(1);
    cache.clear();
    expect(next).toEqual(await observe());
    expect(next.history.at(-1)).toEqual({ revision, status: 'deployed', fingerprint: 'now' });
    expect(next.lasting.map(({ live }) => live?.metadata.name)).toEqual(['web']);
  });

  it('is not taken for all there is where somebody else has applied since', async () => {
    await apply('ours');
    await apply('theirs');
    expect((await observe([])).history).toEqual([
      { revision: 1, status: 'superseded', fingerprint: 'ours' },
      { revision: 2, status: 'deployed', fingerprint: 'theirs' },
    ]);
  });

  it('is nothing where somebody has uninstalled it since', async () => {
    await apply('ours');
    await helm.uninstall(release);
    expect(await observe([])).toEqual({ history: [], objects: [], lasting: [], missing: [] });
  });

  it('is missing where somebody has deleted it since', async () => {
    await apply('ours');
    await kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' });
    expect((await observe([])).missing.map(({ metadata }) => metadata.name)).toEqual(['web']);
  });
});
