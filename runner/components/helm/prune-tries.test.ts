import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError } from '../../../contract/index.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../../testing/index.ts';
import { createFakeHelm, type FakeHelm, writeFakeChart } from '../../testing/fake-helm.ts';
import { limitTries, pruneTries } from './prune-tries.ts';
import { markFailed, readHistory } from './release-secrets.ts';

const id = { namespace: 'shop', releaseName: 'web' };
const never = new AbortController().signal;

describe('what failed tries of a first install have left', () => {
  let kubernetes: FakeKubernetes;
  let helm: FakeHelm;
  let dir: string;
  const install = async (deployments: string[], replace = true): Promise<void> => {
    const chart = join(dir, 'chart.tgz');
    await writeFakeChart(chart, { deployments });
    await helm.upgradeInstall({ name: 'web', namespace: 'shop', timeoutMs: 1000, chart, isNew: true, replace });
  };
  const fail = async (deployments: string[]): Promise<void> => {
    await install(deployments);
    const newest = (await readHistory(kubernetes, id, never)).at(-1)?.revision ?? 0;
    await markFailed(kubernetes, id, newest, never);
  };
  const history = async () =>
    (await readHistory(kubernetes, id, never)).map(({ revision, status }) => `${revision} ${status}`);
  const there = (): string[] =>
    kubernetes
      .all('Deployment')
      .map(({ metadata }) => metadata.name)
      .sort();
  const change = async (name: string, annotations: Record<string, string>): Promise<void> => {
    const found = kubernetes.find('Deployment', name);
    if (found === undefined) throw new Error(`${name} is not there`);
    const object: KubeObject = { ...found, metadata: { ...found.metadata, annotations } };
    await kubernetes.replace(object, {});
  };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'landfall-tries-'));
    kubernetes = createFakeKubernetes();
    helm = createFakeHelm(kubernetes);
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('goes, but for what the newest revision holds; and their records go', async () => {
    await fail(['web', 'first']);
    await fail(['web', 'second']);
    await install(['web']);
    expect(there()).toEqual(['first', 'second', 'web']);
    await pruneTries(kubernetes, id, [1, 2], never);
    expect(there()).toEqual(['web']);
    expect(await history()).toEqual(['3 deployed']);
    await pruneTries(kubernetes, id, [1, 2], never);
    expect(there()).toEqual(['web']);
  });

  it('stays where it belongs to another release, or is to stay', async () => {
    const ours = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' };
    await fail(['web', 'kept', 'theirs', 'elsewhere', 'nobodys']);
    await change('kept', { ...ours, 'helm.sh/resource-policy': 'keep' });
    await change('theirs', { ...ours, 'meta.helm.sh/release-name': 'other' });
    await change('elsewhere', { ...ours, 'meta.helm.sh/release-namespace': 'other' });
    await change('nobodys', {});
    await install(['web']);
    await pruneTries(kubernetes, id, [1], never);
    expect(there()).toEqual(['elsewhere', 'kept', 'nobodys', 'theirs', 'web']);
  });

  it('stays, and is named, where it may not be deleted', async () => {
    await fail(['web', 'first', 'second']);
    await install(['web']);
    kubernetes.before = ({ verb, name }) => {
      if (verb === 'delete' && name === 'first') throw new LandfallError('LF-RUNNER-150', 'may not delete');
    };
    expect(await pruneTries(kubernetes, id, [1], never)).toEqual(['Deployment first']);
    expect(there()).toEqual(['first', 'web']);
    expect(await history()).toEqual(['2 deployed']);
  });

  it('is found again as long as it is there', async () => {
    await fail(['web', 'first']);
    await install(['web']);
    kubernetes.before = ({ verb, kind }) => {
      if (verb === 'delete' && kind === 'Deployment') throw new Error('killed');
    };
    await expect(pruneTries(kubernetes, id, [1], never)).rejects.toThrow('killed');
    expect(await history()).toEqual(['1 failed', '2 deployed']);
  });

  it('is a limited number of records: the first, and the newest', async () => {
    for (let nth = 0; nth < 6; nth++) await fail(['web']);
    await limitTries(kubernetes, id, 4, never);
    expect(await history()).toEqual(['1 failed', '5 failed', '6 failed']);
    await limitTries(kubernetes, id, 1, never);
    expect(await history()).toEqual(['1 failed', '6 failed']);
    await limitTries(kubernetes, id, undefined, never);
    expect(await history()).toEqual(['1 failed', '6 failed']);
  });

  it('is not replaced by an install where it is whole, or not failed yet', async () => {
    await install(['web']);
    await expect(install(['web'])).rejects.toMatchObject({ code: 'LF-ENGINES-010', temporary: true });
    await fail(['web']).catch(() => markFailed(kubernetes, id, 1, never));
    await expect(install(['web'], false)).rejects.toMatchObject({ temporary: true });
  });
});
