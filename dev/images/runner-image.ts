import { join } from 'node:path';
import { type Digest, sha256 } from '../../contract/index.ts';
import { type ArchiveEntry, createLayout, type Layout, parseManifest, type RawManifest } from '../../oci/index.ts';
import { assembleImage, assembleIndex } from '../../release/index.ts';
import { type Architecture, ensureTools, ownArchitecture } from '../tools/index.ts';
import type { Bundle } from './bundle.ts';
import { bundleRunner, runnerEnvironment, runnerNodeFlags } from './bundle-runner.ts';
import { file, nodeLayer, program } from './image-files.ts';
import { type ImageContext, imageContext, type ImageOptions } from './options.ts';

export type RunnerImage = {
  layoutDir: string;
  digest: Digest;
  /** Tag in the layout. */
  reference: string;
  /** Bytes to pull on one node: config and compressed layers. */
  size: number;
};

export type RunnerImageOptions = ImageOptions & {
  /** Default: this machine's alone. Several: one index. */
  architectures?: readonly Architecture[];
  /** Where helm and tofu for an architecture are; default: found or built. */
  enginesFor?: (architecture: Architecture) => Promise<{ helm: string; tofu: string }>;
};

/**
 * The runner's image: Node, helm and tofu in layers of their own, so that a change of our code makes only the small bundle layer anew.
 * No shell and no package manager; runs as 65532 with a read-only root. Warm, it costs about a second.
 */
export async function buildRunnerImage(options: RunnerImageOptions): Promise<RunnerImage> {
  const context = imageContext(options);
  const { architectures = [ownArchitecture], enginesFor = (each) => ensureEngines(each, context) } = options;
  const bundle = await bundleRunner();
  const key = sha256(Buffer.concat(bundle.map(({ bytes }) => bytes))).slice('sha256:'.length, 'sha256:'.length + 16);
  const reference = `landfall/runner:${key}`;
  const layout = await createLayout(join(context.imagesDir, 'runner'));
  const images = [];
  for (const architecture of architectures) {
    const single = architectures.length === 1 ? reference : `${reference}-${architecture}`;
    const layers = [
      { entries: await nodeLayer(architecture, context) },
      { entries: await engineLayer(await enginesFor(architecture), architecture) },
      { entries: bundleLayer(bundle) },
    ];
    const manifest = await assemble({ layout, reference: single, layers, architecture, context });
    const size = sizeOf(manifest);
    context.say(`the runner's image for ${architecture} is ${manifest.digest}, ${Math.round(size / 1e6)} MB`);
    images.push({ manifest, size, platform: { os: 'linux', architecture } });
  }
  const [first] = images;
  if (first === undefined) throw new Error('no architecture was asked for');
  const { digest } = images.length === 1 ? first.manifest : await assembleIndex({ layout, reference, images });
  return { layoutDir: layout.dir, digest, reference, size: Math.max(...images.map(({ size }) => size)) };
}

async function ensureEngines(
  architecture: Architecture,
  context: ImageContext,
): Promise<{ helm: string; tofu: string }> {
  const tool = await ensureTools(['helm', 'tofu'], { ...context, architecture });
  return { helm: tool('helm'), tofu: tool('tofu') };
}

async function engineLayer(
  engines: { helm: string; tofu: string },
  architecture: Architecture,
): Promise<ArchiveEntry[]> {
  return [await program('helm', engines.helm, architecture), await program('tofu', engines.tofu, architecture)];
}

type Assembly = {
  layout: Layout;
  reference: string;
  layers: readonly { entries: readonly ArchiveEntry[] }[];
  architecture: Architecture;
  context: ImageContext;
};

function assemble({ layout, reference, layers, architecture, context }: Assembly): Promise<RawManifest> {
  return assembleImage({
    layout,
    reference,
    layers,
    config: {
      entrypoint: ['/usr/local/bin/node', ...runnerNodeFlags, '/opt/landfall/main.js'],
      env: { PATH: '/usr/local/bin', NODE_ENV: 'production', HOME: '/tmp', ...runnerEnvironment },
      user: '65532:65532',
      labels: {
        'org.opencontainers.image.title': 'landfall-runner',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
    platform: { os: 'linux', architecture },
    cacheDir: context.imagesDir,
  });
}

function sizeOf(manifest: RawManifest): number {
  const parsed = parseManifest(manifest);
  const blobs = parsed.kind === 'manifest' ? [parsed.manifest.config, ...parsed.manifest.layers] : [];
  return blobs.reduce((sum, blob) => sum + blob.size, 0);
}

function bundleLayer(bundle: readonly Bundle[]): ArchiveEntry[] {
  return [
    file('opt/landfall/package.json', '{"type":"module"}\n'),
    ...bundle.map(({ name, bytes }): ArchiveEntry => ({ kind: 'file', path: `opt/landfall/${name}`, bytes })),
  ];
}
