import { afterEach, beforeEach, expect, it } from 'vitest';
import { LandfallError } from '../../../contract/index.ts';
import type { MirrorProgress } from '../../../oci/index.ts';
import { mirrorReport } from '../../report/mirror-report.ts';
import { type FakeInstall, createFakeInstall } from '../../testing/index.ts';

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const progress: MirrorProgress = {
  items: { done: 1, total: 2 },
  blobs: { done: 3, total: 4 },
  bytes: { done: 5, total: 10 },
  known: true,
  bytesPerSecond: 1,
  secondsLeft: 5,
};
const release = () =>
  install.accept(install.release('1.0.0', [{ name: 'gateway', chart: { deployments: ['gateway'] } }]));

it('is told while a release is copied, and no more when it is there', async () => {
  install.mirrorFaults.ensure = (onProgress) => onProgress(progress);
  const runner = await install.startRunner();
  expect(await runner.pass(release())).toEqual({ kind: 'done' });
  const told = runner.statuses.map(({ mirror }) => mirror);
  expect(told.filter((mirror) => mirror !== null)).toEqual([progress]);
  expect(told.at(-1)).toBe(null);
});

it('is not told any more when the copy broke off', async () => {
  install.mirrorFaults.ensure = (onProgress) => {
    onProgress(progress);
    throw new LandfallError('LF-OCI-002', 'the vendor registry is away', { temporary: true });
  };
  const runner = await install.startRunner();
  expect(await runner.pass(release())).toMatchObject({ kind: 'waiting', reason: 'RegistryUnavailable' });
  expect(runner.statuses.some(({ mirror }) => mirror !== null)).toBe(true);
  expect(runner.reconciler.status().mirror).toBe(null);
});

it('crosses the wall in whole numbers that never pass their totals', () => {
  const odd = { ...progress, bytes: { done: 11, total: 10 }, bytesPerSecond: 1.6, secondsLeft: 4.4 };
  expect(mirrorReport(odd)).toEqual({
    ...progress,
    bytes: { done: 10, total: 10 },
    bytesPerSecond: 2,
    secondsLeft: 4,
  });
  expect(mirrorReport({ ...progress, bytesPerSecond: Number.NaN, secondsLeft: null })).toMatchObject({
    bytesPerSecond: 0,
    secondsLeft: null,
  });
});
