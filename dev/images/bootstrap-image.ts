import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, sha256 } from '../../contract/index.ts';
import { type ArchiveEntry, createLayout } from '../../oci/index.ts';
import { assembleImage } from '../../release/index.ts';
import { synthesise } from '../../stacks/index.ts';
import { ensureTools, ownArchitecture, requireAwsProvider } from '../tools/index.ts';
import { bundleBootstrap } from './bundle-bootstrap.ts';
import { file, nodeLayer, program } from './image-files.ts';
import { imageContext, type ImageOptions } from './options.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** CodeBuild runs its commands by this; Debian's is small and takes POSIX only, which is all the template writes. */
const shell = '/bin/dash';

export type BootstrapImage = { layoutDir: string; digest: Digest; reference: string };

/**
 * The image of the one-shot job: Node, helm, tofu, the AWS provider, the base module as it was synthesised, and the job. With
 * `provider: false` OpenTofu fetches the provider at run time; it is 150 MB to pull either way.
 */
export async function buildBootstrapImage(options: ImageOptions & { provider?: boolean }): Promise<BootstrapImage> {
  const context = imageContext(options);
  const tool = await ensureTools(['helm', 'tofu'], context);
  const bundle = await bundleBootstrap();
  const module = await baseModule();
  const key = sha256(Buffer.concat([bundle.bytes, module])).slice('sha256:'.length, 'sha256:'.length + 16);
  const reference = `landfall/bootstrap:${key}`;
  const layout = await createLayout(join(context.imagesDir, 'bootstrap'));
  const node = await nodeLayer(ownArchitecture, context);
  const provider = options.provider === false ? [] : [{ entries: await providerLayer(options) }];
  const { digest } = await assembleImage({
    layout,
    reference,
    layers: [
      { entries: [...node, ...(await shellLayer(node))] },
      {
        entries: [
          await program('helm', tool('helm'), ownArchitecture),
          await program('tofu', tool('tofu'), ownArchitecture),
        ],
      },
      ...provider,
      {
        entries: [
          file('opt/landfall/package.json', '{"type":"module"}\n'),
          { kind: 'file', path: `opt/landfall/${bundle.name}`, bytes: bundle.bytes },
          { kind: 'file', path: 'opt/landfall/modules/base/cdk.tf.json', bytes: module },
        ],
      },
    ],
    config: {
      entrypoint: ['/usr/local/bin/node', '/opt/landfall/bootstrap.js'],
      env: { PATH: '/usr/local/bin:/bin', NODE_ENV: 'production', HOME: '/tmp' },
      // CodeBuild's agent runs inside the container and writes to folders of root's.
      user: '0:0',
      labels: {
        'org.opencontainers.image.title': 'landfall-bootstrap',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
    // CodeBuild runs it, not a node of the customer's: one architecture is enough.
    platform: { os: 'linux', architecture: ownArchitecture },
    cacheDir: context.imagesDir,
  });
  context.say(`the bootstrap image is ${digest}`);
  return { layoutDir: layout.dir, digest, reference };
}

/** What `synthesise` makes here and nowhere else: the same bytes that every other way applies. */
export async function baseModule(): Promise<Buffer> {
  const outDir = await mkdtemp(join(tmpdir(), 'lf-base-module-'));
  try {
    const { dir } = await synthesise({ stack: 'base', outDir });
    return await readFile(join(dir, 'cdk.tf.json'));
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

async function shellLayer(node: readonly ArchiveEntry[]): Promise<ArchiveEntry[]> {
  const libraries = await sharedLibraries(shell);
  const known = new Set(node.map(({ path }) => path));
  return [
    { kind: 'file', path: 'bin/sh', source: shell, size: (await stat(shell)).size, mode: 0o755 },
    ...libraries.filter(({ path }) => !known.has(path)),
  ];
}

async function providerLayer({ config }: ImageOptions): Promise<ArchiveEntry[]> {
  const { dir, platform, version } = await requireAwsProvider(config ?? imageContext({ say: () => undefined }).config);
  const folder = `opt/landfall/providers/registry.opentofu.org/hashicorp/aws/${version}/${platform}`;
  return Promise.all(
    (await readdir(dir)).map(async (name): Promise<ArchiveEntry> => {
      const source = join(dir, name);
      const { size, mode } = await stat(source);
      return { kind: 'file', path: `${folder}/${name}`, source, size, mode: mode & 0o777 };
    }),
  );
}
