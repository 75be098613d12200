import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChartYaml } from './chart.ts';

async function chartOf(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'chart-yaml-'));
  await writeFile(join(dir, 'Chart.yaml'), text);
  return dir;
}
const head = 'name: web\nversion: 1.0.0\n';

describe('Chart.yaml', () => {
  // With each key compared with all before it, this takes minutes.
  it('of 100,000 keys is read, and of a key that stands twice the last one counts', { timeout: 60_000 }, async () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `${i.toString(36)}a: x`).join(',');
    const dir = await chartOf(`${head}annotations: {${keys}}\nversion: 2.0.0\n`);
    expect(await readChartYaml(dir)).toMatchObject({ name: 'web', version: '2.0.0' });
  });

  it.each([
    ['of more than 1 MiB', `${head}# ${'x'.repeat(1024 * 1024)}\n`],
    ['with aliases', `${head}a: &a x\nb: *a\n`],
  ])('%s is refused', async (_, text) => {
    await expect(readChartYaml(await chartOf(text))).rejects.toThrow(
      expect.objectContaining({ code: 'LF-RELEASE-004' }),
    );
  });
});
