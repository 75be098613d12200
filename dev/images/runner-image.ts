import { join } from 'node:path';
import { type Digest, sha256 } from '../../contract/index.ts';
import { type ArchiveEntry, createLayout, parseManifest } from '../../oci/index.ts';
import { assembleImage } from '../../release/index.ts';
import { ensureTools } from '../tools/index.ts';
import type { Bundle } from './bundle.ts';
import { bundleRunner, runnerEnvironment, runnerNodeFlags } from './bundle-runner.ts';
import { file, nodeLayer, program } from './image-files.ts';
import { imageContext, type ImageOptions } from './options.ts';

export type RunnerImage = {
  layoutDir: string;
  digest: Digest;
  /** Tag in the layout. */
  reference: string;
  /** Bytes to pull: config and compressed layers. */
  size: number;
};

/**
 * The runner's image: Node, helm and tofu in layers of their own, so that a change of our code makes only the small bundle layer anew.
 * No shell and no package manager; runs as 65532 with a read-only root. Warm, it costs about a second.
 */
export async function buildRunnerImage(options: ImageOptions): Promise<RunnerImage> {
  const context = imageContext(options);
  const tool = await ensureTools(['helm', 'tofu'], context);
  const bundle = await bundleRunner();
  const key = sha256(Buffer.concat(bundle.map(({ bytes }) => bytes))).slice('sha256:'.length, 'sha256:'.length + 16);
  const reference = `landfall/runner:${key}`;
  const layout = await createLayout(join(context.imagesDir, 'runner'));
  const manifest = await assembleImage({
    layout,
    reference,
    layers: [
      { entries: await nodeLayer() },
      { entries: [await program('helm', tool('helm')), await program('tofu', tool('tofu'))] },
      { entries: bundleLayer(bundle) },
    ],
    config: {
      entrypoint: ['/usr/local/bin/node', ...runnerNodeFlags, '/opt/landfall/main.js'],
      env: { PATH: '/usr/local/bin', NODE_ENV: 'production', HOME: '/tmp', ...runnerEnvironment },
      user: '65532:65532',
      labels: {
        'org.opencontainers.image.title': 'landfall-runner',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
    platform: { os: 'linux', architecture: 'amd64' },
    cacheDir: context.imagesDir,
  });
  const parsed = parseManifest(manifest);
  const blobs = parsed.kind === 'manifest' ? [parsed.manifest.config, ...parsed.manifest.layers] : [];
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  context.say(`the runner's image is ${manifest.digest}, ${Math.round(size / 1e6)} MB`);
  return { layoutDir: layout.dir, digest: manifest.digest, reference, size };
}

function bundleLayer(bundle: readonly Bundle[]): ArchiveEntry[] {
  return [
    file('opt/landfall/package.json', '{"type":"module"}\n'),
    ...bundle.map(({ name, bytes }): ArchiveEntry => ({ kind: 'file', path: `opt/landfall/${name}`, bytes })),
  ];
}
