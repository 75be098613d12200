import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archiveWithoutSize } from '../../../oci/archive/testing/without-size.ts';
import { writeTar } from '../../../oci/index.ts';
import { readChartArchive } from './chart-archive.ts';

const signal = new AbortController().signal;
let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chart-archive-'));
  file = join(dir, 'web.tgz');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('gives every file of a chart, below the chart’s own folder', async () => {
  const entries = ['web/Chart.yaml', 'web/crds/x.yaml'].map((path) => ({
    path,
    kind: 'file' as const,
    bytes: Buffer.from(path),
  }));
  await writeTar(file, entries);
  const files = await readChartArchive(file, signal);
  expect(files.map(({ path, data }) => [path, String(data)])).toEqual([
    ['Chart.yaml', 'web/Chart.yaml'],
    ['crds/x.yaml', 'web/crds/x.yaml'],
  ]);
});

it.each([
  ['is no archive', Buffer.from('no archive')],
  ['says no size of an entry', archiveWithoutSize('web/Chart.yaml')],
])('refuses one that %s', async (_, bytes) => {
  writeFileSync(file, bytes);
  await expect(readChartArchive(file, signal)).rejects.toMatchObject({ code: 'LF-RUNNER-145' });
});
