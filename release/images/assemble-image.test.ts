import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { createLayout, type ImageManifest, type Layout, parseManifest } from '../../oci/index.ts';
import { assembleImage } from './assemble-image.ts';

async function assemble(code: string): Promise<{ digest: string; manifest: ImageManifest; layout: Layout }> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-image-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const layout = await createLayout(join(dir, 'layout'));
  const raw = await assembleImage({
    layout,
    reference: 'app:1',
    layers: [
      { entries: [{ kind: 'file', path: 'usr/bin/runtime', bytes: Buffer.from('runtime'), mode: 0o755 }] },
      { entries: [{ kind: 'file', path: 'app/main.js', bytes: Buffer.from(code) }] },
    ],
    config: { entrypoint: ['/usr/bin/runtime', '/app/main.js'], env: { A: 'b' }, user: '65532:65532' },
    platform: { os: 'linux', architecture: 'amd64' },
    cacheDir: join(dir, 'cache'),
  });
  const parsed = parseManifest(await layout.getManifest('app:1'));
  if (parsed.kind !== 'manifest') throw new Error('not an image');
  return { digest: raw.digest, manifest: parsed.manifest, layout };
}

it('makes the same image of the same files, wherever', async () => {
  expect((await assemble('one')).digest).toBe((await assemble('one')).digest);
});

it('makes only the layer anew whose files changed', async () => {
  const [one, two] = [await assemble('one'), await assemble('two')];
  expect(two.manifest.layers[0]?.digest).toBe(one.manifest.layers[0]?.digest);
  expect(two.manifest.layers[1]?.digest).not.toBe(one.manifest.layers[1]?.digest);
});

it('says in its config how to run it, as whom, and which layers it has; nothing of when or where', async () => {
  const { manifest, layout } = await assemble('one');
  const config: unknown = JSON.parse((await buffer(await layout.openBlob(manifest.config))).toString());
  expect(config).toEqual({
    architecture: 'amd64',
    os: 'linux',
    config: {
      Entrypoint: ['/usr/bin/runtime', '/app/main.js'],
      Env: ['A=b'],
      Labels: {},
      User: '65532:65532',
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [expect.stringMatching(/^sha256:/), expect.stringMatching(/^sha256:/)] },
  });
});
