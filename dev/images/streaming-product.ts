import { cp, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLayout, type Layout } from '../../oci/index.ts';
import { assembleImage } from '../../release/index.ts';
import { ensureTools, goTools } from '../tools/index.ts';
import { buildGoProgram } from './go-program.ts';
import { keyOfFolder, madeOnce } from './made-once.ts';
import { type ImageContext, imageContext, type ImageOptions } from './options.ts';

const exampleDir = fileURLToPath(new URL('../../examples/streaming', import.meta.url));

/** In order: each has the files of those before it, and its own over them. */
export const streamingVersions = ['1.0.0', '1.1.0', '1.2.0'] as const;
export type StreamingVersion = (typeof streamingVersions)[number];

/** Of what entities run: no release so far changes it, so none of them touches an entity. */
const streamsVersion = '1.0.0';

/** The folder of examples/streaming as its vendor would have it at this version: landfall.yaml, charts, module and built images. */
export async function prepareStreaming(version: StreamingVersion, options: ImageOptions): Promise<string> {
  const context = imageContext(options);
  const broker = goTools.find(({ name }) => name === 'nats')?.version ?? '';
  const key = await keyOfFolder(exampleDir, '1', version, broker, process.arch);
  return madeOnce(join(context.imagesDir, 'streaming'), version, key, async (dir) => {
    context.say(`building the images of streaming ${version}`);
    await cp(join(exampleDir, 'product'), dir, { recursive: true });
    for (const change of streamingVersions.slice(1, streamingVersions.indexOf(version) + 1)) {
      await cp(join(exampleDir, 'changes', change), dir, { recursive: true });
    }
    const layout = await createLayout(join(dir, 'images'));
    const programs = join(dir, '.programs');
    await mkdir(programs);
    for (const [name, of] of [
      ['gateway', version],
      ['migrate', version],
      ['streams', streamsVersion],
    ] as const) {
      const output = join(programs, name);
      await buildGoProgram({ moduleDir: join(exampleDir, 'images'), package: `./${name}`, version: of, output });
      await addImage(context, layout, name, of, output);
    }
    const tool = await ensureTools(['nats'], context);
    await addImage(context, layout, 'broker', broker.replace(/^v/, ''), tool('nats'));
  });
}

async function addImage(
  context: ImageContext,
  layout: Layout,
  name: string,
  version: string,
  program: string,
): Promise<void> {
  const { size } = await stat(program);
  await assembleImage({
    layout,
    layers: [{ entries: [{ kind: 'file', path: name, source: program, size, mode: 0o755 }] }],
    config: {
      entrypoint: [`/${name}`],
      user: '65532:65532',
      labels: { 'org.opencontainers.image.title': name, 'org.opencontainers.image.version': version },
    },
    platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    reference: `streaming.example/${name}:${version}`,
    cacheDir: context.imagesDir,
  });
}
