import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { requireEngines } from '../../dev/index.ts';
import { createProcessRunner } from '../process/process-runner.ts';
import { createHelm } from './helm.ts';
import { writePostRendererPlugin } from './post-renderer-plugin.ts';

const engines = await requireEngines('helm');

const pod = (kind: string, name: string, hook?: string): string =>
  [
    'apiVersion: v1',
    `kind: ${kind}`,
    `metadata: { name: ${name}${hook === undefined ? '' : `, annotations: { helm.sh/hook: ${hook} }`} }`,
    'spec: { containers: [{ name: main, image: "vendor.example/app:{{ .Values.tag }}" }] }',
  ].join('\n');

/** Replaces the image as the runner's renderer does; refuses one that it does not know. */
const renderer = `
let text = '';
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => {
  if (text.includes('app:unknown')) {
    require('node:fs').writeFileSync(process.env.LANDFALL_POST_RENDERER_REPORT, 'vendor.example/app:unknown is not pinned');
    console.error('helm never shows this');
    process.exit(1);
  }
  process.stdout.write(text.replaceAll('vendor.example/app:1', 'mirror.example/app@sha256:1'));
});
`;

describe.skipIf(!engines.available)('real helm', () => {
  const dir = mkdtempSync(join(tmpdir(), 'helm-engine-'));
  const chart = join(dir, 'chart');
  mkdirSync(join(chart, 'templates', 'tests'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n');
  writeFileSync(join(chart, 'values.yaml'), 'tag: "0"\n');
  writeFileSync(join(chart, 'templates', 'pod.yaml'), pod('Pod', 'plain'));
  writeFileSync(join(chart, 'templates', 'hook.yaml'), pod('Pod', 'hooked', 'pre-upgrade'));
  writeFileSync(join(chart, 'templates', 'tests', 'test.yaml'), pod('Pod', 'tested', 'test'));
  const script = join(dir, 'renderer.cjs');
  writeFileSync(script, renderer);
  const pluginsDir = join(dir, 'plugins');
  const helm = () =>
    createHelm({
      binary: engines.path('helm'),
      homeDir: join(dir, 'home'),
      connection: { kind: 'none' },
      pluginsDir,
      runProcess: createProcessRunner({ clock: systemClock }),
    });
  const request = { name: 'app', namespace: 'shop', chart };

  it('is the version that is pinned', async () => {
    expect(await helm().version()).toMatch(/^v4\./);
  });

  it('sends hooks and tests through the post-renderer, too', async () => {
    const plugin = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [script] });
    const plain = await helm().template({ ...request, values: [{ tag: '1' }] });
    expect(plain.match(/vendor\.example\/app:1/g)).toHaveLength(3);
    const rendered = await helm().template({ ...request, values: [{ tag: '1' }], postRenderer: { plugin } });
    expect(rendered.match(/mirror\.example\/app@sha256:1/g)).toHaveLength(3);
    expect(rendered).not.toContain('vendor.example');
  });

  it('tells why the post-renderer refused', async () => {
    const plugin = await writePostRendererPlugin(pluginsDir, { command: process.execPath, args: [script] });
    const refused = helm().template({ ...request, values: [{ tag: 'unknown' }], postRenderer: { plugin } });
    await expect(refused).rejects.toMatchObject({
      code: 'LF-ENGINES-011',
      message: expect.stringContaining('vendor.example/app:unknown is not pinned'),
    });
  });

  it('tells what is wrong with a chart', async () => {
    writeFileSync(join(chart, 'templates', 'broken.yaml'), '{{ required "port is required" .Values.port }}');
    await expect(helm().template(request)).rejects.toMatchObject({
      code: 'LF-ENGINES-010',
      message: expect.stringContaining('port is required'),
    });
  });

  it('is temporary when there is no cluster', async () => {
    await expect(helm().status(request)).rejects.toMatchObject({ code: 'LF-ENGINES-010', temporary: true });
  });
});
